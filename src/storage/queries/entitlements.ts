import { customerIdentity } from "../../core/customer.ts";
import type { Entitlement } from "../../core/entitlement.ts";
import type {
  CodeRange,
  EntitlementQueries,
  FoundEntitlement,
  HeldEntitlement,
  ReachFilter,
} from "../../queries/entitlements.ts";
import { entitlementColumns, entitlementSource, readEntitlements, replacedColumns } from "../nouns/entitlement.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, integer, nullable, text } from "../table.ts";
import { kindLoader, organizationLoader } from "./batch-loader.ts";
import { firstHeldMax, pageHeldBy, readFirstHeldBy, readHeld } from "./held.ts";
import { pageQuery, readPage, toPage } from "./pages.ts";

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

/** What a principal sees, by the parameters from $2 on. */
const seen = `e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))`;
const pageInOrder = (name: string, filter: string) =>
  pageQuery(
    name,
    entitlementColumns,
    `select ${entitlementColumns.sql} from ${entitlementSource}
where ${seen} and e.id > $5${filter}
order by e.id`,
  );
const pageAll = pageInOrder("page_entitlements_by_id", "");
const pageOfCustomer = pageInOrder("page_entitlements_of_customer", " and e.customer_id = $6");
const pageWithReference = pageInOrder("page_entitlements_with_reference", " and e.reference = $6");
const pageOfProduct = pageQuery(
  "page_entitlements_of_product",
  entitlementColumns,
  `select ${entitlementColumns.sql} from ${entitlementSource}
where ${seen} and e.product_id = $5 and not e.in_stock and (e.code_number, e.code) > ($6::numeric, $7)
order by e.code_number, e.code`,
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

    inOrderOfIds(organizationId, { customerId, reference, ...reach }, page) {
      const values = [organizationId, ...seenBy(reach), page.after ?? -1];
      const keyOf = ({ id }: Entitlement) => id;
      if (customerId !== undefined) {
        return readPage(sql, page, { statement: pageOfCustomer, values: [...values, customerId], keyOf });
      }
      if (reference === undefined) return readPage(sql, page, { statement: pageAll, values, keyOf });
      return readPage(sql, page, { statement: pageWithReference, values: [...values, reference], keyOf });
    },

    ofProduct(organizationId, { productId, ...reach }, page) {
      const { after } = page;
      const place = after === undefined ? [rangeOf(undefined)[0], ""] : [numberOf(after), after];
      return readPage(sql, page, {
        statement: pageOfProduct,
        values: [organizationId, ...seenBy(reach), productId, ...place],
        keyOf: ({ code }) => code,
      });
    },

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

    async heldBy(organizationId, { kind, holder }, page) {
      const identity = customerIdentity(holder);
      if (page.after !== undefined) return pageHeldBy(sql, organizationId, kind, identity, page);
      const rowsMax = Math.min(page.limit ?? firstHeldMax, firstHeldMax);
      const first = (await firstHeldBy(organizationId, kind, identity)) ?? [];
      return toPage(first.slice(0, rowsMax), rowsMax, ({ entitlement }) => entitlement.id);
    },
  };
}

function seenBy({ ownerId, productIds, categories }: ReachFilter): readonly unknown[] {
  return [ownerId, productIds, categories];
}

/** Larger than any code of 19 digits. */
const codeNumberMax = "99999999999999999999";

/** Both ends of a range as numbers; without a range, all codes. */
export function rangeOf(codes: CodeRange | undefined): [first: string, last: string] {
  return [String(codes?.first ?? -1n), codes?.last === undefined ? codeNumberMax : String(codes.last)];
}

/** The number by which the database sorts a code; see the column `code_number`. */
export function numberOf(code: string): string {
  return /^[0-9]{1,19}$/.test(code) ? code : "-1";
}
