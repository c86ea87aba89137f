import type { ProductKind } from "../../core/product.ts";
import type { DeliveryQueries } from "../../queries/deliveries.ts";
import { type DeliveryRow, deliveryColumnCount, deliveryColumns, toDelivery } from "../statements/deliveries.ts";
import { type DeviceRow, deviceColumns, toDevice } from "../statements/devices.ts";
import { type EditionRow, editionColumnCount, editionColumns, toEdition } from "../statements/editions.ts";
import {
  type EntitlementRow,
  entitlementColumnCount,
  entitlementColumns,
  entitlementSource,
  toEntitlement,
} from "../statements/entitlements.ts";
import { type Runner, run, seconds } from "../statements/statement.ts";

type OfferedRow = [
  organizationId: number,
  deliveryId: number,
  code: string,
  bytes: number,
  sha256: string,
  readyAtMs: number,
];

export function deliveryQueries(runner: Runner): DeliveryQueries {
  return {
    async byId(organizationId, deliveryId) {
      const [row] = await run<[kind: ProductKind, productName: string, fingerprintHash: string | null, ...unknown[]]>(
        runner,
        "read_delivery",
        `select p.kind, p.name, encode(d.fingerprint_hash, 'hex'), ${deliveryColumns}, ${editionColumns}, ${entitlementColumns}, ${deviceColumns}
         from delivery v
         join edition n on n.organization_id = v.organization_id and n.id = v.edition_id
         join device d on d.organization_id = v.organization_id and d.id = v.device_id
         join product p on p.organization_id = n.organization_id and p.id = n.product_id
         join (${entitlementSource}) on e.organization_id = v.organization_id and e.id = v.entitlement_id
         where v.organization_id = $1 and v.id = $2`,
        [organizationId, deliveryId],
      );
      if (row === undefined) return undefined;
      const [kind, name, fingerprintHash, ...columns] = row;
      // Type inference gives up on an array of so many columns, so their parts are cast.
      const take = (count?: number) => columns.splice(0, count ?? columns.length) as unknown;
      const delivery = toDelivery(take(deliveryColumnCount) as DeliveryRow);
      const edition = toEdition(take(editionColumnCount) as EditionRow);
      const entitlement = toEntitlement(take(entitlementColumnCount) as EntitlementRow);
      const device = toDevice(take() as DeviceRow);
      return {
        delivery,
        product: { id: edition.productId, kind, name },
        edition,
        entitlement,
        device,
        fingerprintHash,
      };
    },

    async removable(nowMs, limit) {
      const rows = await run<[organizationId: number, deliveryId: number, code: string, hasEnded: boolean]>(
        runner,
        "read_removable_deliveries",
        // A process that died at the last attempt of a build gave it up without a word.
        `select v.organization_id, v.id, e.code, v.ended_at is not null
         from delivery v join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id
         where v.removed_at is null and (v.ended_at is not null or v.expires_at <= to_timestamp($2)
           or v.ready_at is null and not exists (
             select from graphile_worker.jobs j
             where j.key = 'build_delivery:' || v.organization_id || ':' || v.id
               and (j.attempts < j.max_attempts or j.locked_at is not null)))
         order by v.organization_id, v.id limit $1`,
        [limit, seconds(nowMs)],
      );
      return rows.map(([organizationId, deliveryId, code, hasEnded]) => ({
        organizationId,
        deliveryId,
        code,
        hasEnded,
      }));
    },

    async offered(after, limit) {
      const rows = await run<OfferedRow>(
        runner,
        "read_built_deliveries",
        `select v.organization_id, v.id, e.code, v.file_bytes, v.file_sha256, v.ready_at
         from delivery v join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id
         where v.ended_at is null and v.removed_at is null and v.ready_at is not null
           and (v.organization_id, v.id) > ($1::bigint, $2::bigint)
         order by v.organization_id, v.id limit $3`,
        [after.organizationId, after.deliveryId, limit],
      );
      return rows.map(([organizationId, deliveryId, code, bytes, sha256, readyAtMs]) => {
        return { organizationId, deliveryId, code, bytes, sha256, readyAtMs };
      });
    },
  };
}
