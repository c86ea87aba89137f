import { customerIdentity } from "../../core/customer.ts";
import type { Entitlement } from "../../core/entitlement.ts";
import type { CodeRange, EntitlementQueries, HeldEntitlement } from "../../queries/entitlements.ts";
import { entitlementColumns, entitlementSource, readEntitlements, replacedColumns } from "../nouns/entitlement.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, integer, text } from "../table.ts";
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
