import type { PackageDetails, PackageQueries, RequestedEditionName } from "../../queries/packages.ts";
import { editionColumns } from "../nouns/edition.ts";
import { packageColumns } from "../nouns/package.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, nullable, text } from "../table.ts";
import { kindLoader, organizationLoader } from "./batch-loader.ts";

const source = `package k
join edition n on n.organization_id = k.organization_id and n.id = k.edition_id
left join edition f on f.organization_id = k.organization_id and f.id = k.from_edition_id`;
const detailColumns = columns({
  edition: editionColumns,
  made: packageColumns,
  fromKey: nullable(text("f.content_key")),
});

const readPackage = query(
  "read_package",
  detailColumns,
  `select ${detailColumns.sql} from ${source} where k.organization_id = $1 and k.id = $2`,
);

const readOfProduct = query(
  "read_packages_of_product",
  packageColumns,
  `select ${packageColumns.sql} from ${source} where k.organization_id = $1 and n.product_id = $2 order by k.id`,
);

const productColumns = columns({ id: bigint("p.id"), kind: text("p.kind"), name: text("p.name") });
const readProductOf = query(
  "read_product_of_edition",
  productColumns,
  `select ${productColumns.sql} from edition n
join product p on p.organization_id = n.organization_id and p.id = n.product_id
where n.organization_id = $1 and n.id = $2`,
);

const baseColumns = columns({ customerId: bigint("h.customer_id"), details: detailColumns });
const readBases = query(
  "read_bases_for",
  baseColumns,
  `select ${baseColumns.sql}
from (
  select distinct e.customer_id, e.product_id from entitlement e
  join product p on p.organization_id = e.organization_id and p.id = e.product_id and p.kind = $3
  where e.organization_id = $1 and e.customer_id = any($2::bigint[]) and e.revoked_at is null) as h
cross join lateral (
  select m.* from edition m
  where m.organization_id = $1 and m.product_id = h.product_id
    and m.withdrawn_at is null and (m.available_at is null or m.available_at <= to_timestamp($4)) and exists (
    select from package b where b.organization_id = $1 and b.edition_id = m.id and b.from_edition_id is null)
  order by m.published_at desc, m.id desc limit 1) as n
join package k on k.organization_id = $1 and k.edition_id = n.id and k.from_edition_id is null
left join edition f on false`,
);

const requestColumns = columns({
  customerId: bigint("e.customer_id"),
  entitlementId: bigint("q.entitlement_id"),
  deviceId: bigint("q.device_id"),
  editionName: text("n.name"),
});
const readRequests = query(
  "read_edition_requests_of",
  requestColumns,
  `select ${requestColumns.sql}
from entitlement e
join edition_request q on q.organization_id = e.organization_id and q.entitlement_id = e.id
join edition n on n.organization_id = q.organization_id and n.id = q.edition_id
where e.organization_id = $1 and e.customer_id = any($2::bigint[])`,
);

export function packageQueries(sql: SqlExecutor, clock: () => number): PackageQueries {
  const basesFor = kindLoader<number, readonly PackageDetails[]>(async (organizationId, kind, customerIds) => {
    const bases = await readBases(sql, organizationId, customerIds, kind, clock() / 1000);
    const found = Map.groupBy(bases, ({ customerId }) => customerId);
    return new Map([...found].map(([customerId, all]) => [customerId, all.map(({ details }) => details)]));
  });
  const requestsOf = organizationLoader<number, readonly RequestedEditionName[]>(async (organizationId, customerIds) =>
    Map.groupBy(await readRequests(sql, organizationId, customerIds), ({ customerId }) => customerId),
  );
  return {
    async byId(organizationId, packageId) {
      const [row] = await readPackage(sql, organizationId, packageId);
      return row;
    },
    ofProduct: (organizationId, productId) => readOfProduct(sql, organizationId, productId),
    async productOf(organizationId, editionId) {
      const [row] = await readProductOf(sql, organizationId, editionId);
      return row;
    },
    basesFor: async (organizationId, customerId, kind) => (await basesFor(organizationId, kind, customerId)) ?? none,
    requestsOf: async (organizationId, customerId) => (await requestsOf(organizationId, customerId)) ?? none,
  };
}

/** One array for all answers without a row, so that equal answers are the same. */
const none: readonly never[] = [];
