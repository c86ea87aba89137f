import { customerIdentity } from "../../core/customer.ts";
import type { Entitlement } from "../../core/entitlement.ts";
import type { EntitlementQueries, FoundEntitlement, HeldEntitlement } from "../../queries/entitlements.ts";
import { entitlementColumns, entitlementSource, readEntitlements, replacedColumns } from "../nouns/entitlement.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, integer, nullable, text } from "../table.ts";
import { kindLoader, organizationLoader } from "./batch-loader.ts";
import { numberOf, rangeOf } from "./code-order.ts";
import { pageFiltered } from "./filtered-entitlements.ts";
import { firstHeldMax, pageHeldBy, pageSold, readFirstHeldBy, readHeld } from "./held.ts";
import { pageQuery, readPage, toPage } from "./pages.ts";
import { searchEntitlements } from "./search.ts";

const pageEntitlements = pageQuery(
  "page_entitlements",
  entitlementColumns,
  `select ${entitlementColumns.sql} from ${entitlementSource}
where e.organization_id = $1 and e.product_id = $2 and not e.in_stock and e.code_number <= $4::numeric
  and (e.code_number, e.code) > ($3::numeric, $5) and (not $6 or e.revoked_at is null and e.suspended_at is null)
order by e.code_number, e.code`,
);

const foundColumns = columns({ entitlement: entitlementColumns, ownerId: nullable(bigint("p.owner_operator_id")) });
const readFoundBy = (name: string, key: "e.id" | "e.code", type: "bigint" | "text") =>
  query(
    name,
    foundColumns,
    `select ${foundColumns.sql} from ${entitlementSource}
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and ${key} = any($2::${type}[])`,
  );
const readFoundById = readFoundBy("read_entitlements_by_id", "e.id", "bigint");
const readFoundByCode = readFoundBy("read_entitlements_by_code", "e.code", "text");

const readReplaced = query(
  "read_entitlements_by_replaced_code",
  columns({ replaced: text("r.code"), found: foundColumns }),
  `select r.code, ${foundColumns.sql} from replaced_code r
join (${entitlementSource}) on e.organization_id = r.organization_id and e.id = r.entitlement_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where r.organization_id = $1 and r.code = any($2::text[])`,
);

const pageByReference = pageQuery(
  "page_entitlements_by_reference",
  entitlementColumns,
  `select ${entitlementColumns.sql} from ${entitlementSource}
where e.organization_id = $1 and e.reference = $2 and e.id > $3::bigint order by e.id`,
);

const listReplacedCodes = query(
  "list_replaced_codes",
  replacedColumns,
  `select ${replacedColumns.sql} from replaced_code r
where r.organization_id = $1 and r.entitlement_id = $2 order by r.replaced_at, r.code collate "C"`,
);

const readByReplacedCode = query(
  "read_entitlement_by_replaced_code",
  entitlementColumns,
  `select ${entitlementColumns.sql} from ${entitlementSource}
join replaced_code r on r.organization_id = e.organization_id and r.entitlement_id = e.id
where e.organization_id = $1 and r.code = $2`,
);

const issuedColumns = columns({
  product: columns({ id: bigint("p.id"), name: text("p.name"), slots: integer("p.slots") }),
  entitlement: entitlementColumns,
});
const readIssued = query(
  "read_issued",
  issuedColumns,
  `select ${issuedColumns.sql} from ${entitlementSource}
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and e.id = any($2::bigint[]) and e.revoked_at is null
order by e.id`,
);

export function entitlementQueries(sql: SqlExecutor): EntitlementQueries {
  const firstHeldBy = kindLoader<string, readonly HeldEntitlement[]>((organizationId, kind, identities) =>
    readFirstHeldBy(sql, organizationId, kind, identities),
  );
  return {
    byCode: organizationLoader<string, Entitlement>(async (organizationId, codes) => {
      const found = await readEntitlements(sql, organizationId, codes);
      return new Map(found.map((entitlement) => [entitlement.code, entitlement]));
    }),

    findById: organizationLoader<number, FoundEntitlement>(async (organizationId, ids) => {
      const found = await readFoundById(sql, organizationId, ids);
      return new Map(found.map((one) => [one.entitlement.id, one]));
    }),
    findByCode: organizationLoader<string, FoundEntitlement>(async (organizationId, codes) => {
      const found = await readFoundByCode(sql, organizationId, codes);
      return new Map(found.map((one) => [one.entitlement.code, one]));
    }),

    async findReplaced(organizationId, code) {
      const [row] = await readReplaced(sql, organizationId, [code]);
      return row?.found;
    },

    filtered: (organizationId, filter, page) => pageFiltered(sql, organizationId, filter, page),
    search: (organizationId, filter, page) => searchEntitlements(sql, organizationId, filter, page),

    list(organizationId, { productId, inForceOnly = false, codes }, page) {
      const [first, last] = rangeOf(codes);
      const { after } = page;
      // The empty code sorts before all codes of the same number, so the first page begins at that number.
      const place = after === undefined ? [first, last, ""] : [numberOf(after), last, after];
      return readPage(sql, page, {
        statement: pageEntitlements,
        values: [organizationId, productId, ...place, inForceOnly],
        keyOf: ({ code }) => code,
      });
    },

    byReference: (organizationId, reference, page) =>
      readPage(sql, page, {
        statement: pageByReference,
        values: [organizationId, reference, page.after ?? 0],
        keyOf: ({ id }) => id,
      }),

    replacedCodes: (organizationId, entitlementId) => listReplacedCodes(sql, organizationId, entitlementId),

    byReplacedCode: async (organizationId, code) => (await readByReplacedCode(sql, organizationId, code))[0],

    issued: (organizationId, ids) => readIssued(sql, organizationId, ids),

    heldByCode: organizationLoader<string, HeldEntitlement>((organizationId, codes) =>
      readHeld(sql, organizationId, codes),
    ),

    ofKind: (organizationId, filter, page) => pageSold(sql, organizationId, filter, page),

    async heldBy(organizationId, { kind, holder }, page) {
      const identity = customerIdentity(holder);
      if (page.after !== undefined) return pageHeldBy(sql, organizationId, kind, identity, page);
      const rowsMax = Math.min(page.limit ?? firstHeldMax, firstHeldMax);
      const first = (await firstHeldBy(organizationId, kind, identity)) ?? [];
      return toPage(first.slice(0, rowsMax), rowsMax, ({ entitlement }) => entitlement.id);
    },
  };
}
