import type { Device } from "../../core/device.ts";
import type { NewDevice } from "../../engine/administration.ts";
import type { Secrets } from "../secrets.ts";
import { pages } from "./pages.ts";
import { type Runner, run } from "./statement.ts";

const purpose = "device secret";

type DeviceRow = [
  id: number,
  customerId: number,
  kind: string,
  groupId: number | null,
  isPrimary: boolean,
  username: string,
  sealed: Buffer | null,
  host: string,
  port: number | null,
  callerId: string,
  description: string,
  isHidden: boolean,
];

const deviceColumns =
  "d.id, d.customer_id, d.kind, d.device_group_id, d.id is not distinct from c.primary_device_id, d.username, d.secret_sealed, d.host, d.port, d.caller_id, d.description, d.is_hidden";
const deviceSource = "device d join customer c on c.organization_id = d.organization_id and c.id = d.customer_id";

function toDevice(secrets: Secrets, row: DeviceRow): Device {
  const [id, customerId, kind, groupId, isPrimary, username, sealed, host, port, callerId, description, isHidden] = row;
  const secret = sealed === null ? "" : secrets.open(sealed, purpose);
  return { id, customerId, kind, groupId, isPrimary, username, secret, host, port, callerId, description, isHidden };
}

export async function readDevice(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  id: number,
): Promise<Device | undefined> {
  const [row] = await run<DeviceRow>(
    runner,
    "read_device",
    `select ${deviceColumns} from ${deviceSource} where d.organization_id = $1 and d.id = $2`,
    [organizationId, id],
  );
  return row === undefined ? undefined : toDevice(secrets, row);
}

/** The devices of a customer, ascending by number. */
export function pageDevices(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  filter: { readonly customerId: number; readonly visibleOnly: boolean },
): AsyncGenerator<Device[]> {
  return pages(async (last: Device | undefined, limit) => {
    const rows = await run<DeviceRow>(
      runner,
      "page_devices",
      `select ${deviceColumns} from ${deviceSource}
       where d.organization_id = $1 and d.customer_id = $2 and d.id > $3 and (not $4 or not d.is_hidden)
       order by d.id limit $5`,
      [organizationId, filter.customerId, last?.id ?? -1, filter.visibleOnly, limit],
    );
    return rows.map((row) => toDevice(secrets, row));
  });
}

/** Makes a device, in its customer's primary group, which is made if there is none. Resolves with its number. */
export async function insertDevice(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  device: NewDevice,
): Promise<number> {
  const [row] = await run<[id: number]>(
    runner,
    "insert_device",
    `with made as (
       insert into device_group (organization_id, id, customer_id, name, is_primary)
       values ($1, nextval('device_group_id_seq'), $2, 'primary', true)
       on conflict (organization_id, customer_id) where is_primary do nothing returning id
     ), primary_group as (
       select id from made
       union all select id from device_group where organization_id = $1 and customer_id = $2 and is_primary
     ), added as (
       insert into device (organization_id, id, customer_id, kind, device_group_id, username, secret_sealed, host, port, caller_id,
         description, is_hidden)
       select $1, nextval('device_id_seq'), $2, $3, id, $4, $5, $6, $7, $8, $9, $10 from primary_group limit 1
       returning id
     ), chosen as (
       update customer set primary_device_id = added.id from added where organization_id = $1 and customer.id = $2 and $11
     )
     select id from added`,
    [
      organizationId,
      device.customerId,
      device.kind,
      device.username,
      device.secret === "" ? null : secrets.seal(device.secret, purpose),
      device.host,
      device.port,
      device.callerId ?? "",
      device.description ?? "",
      device.isHidden ?? false,
      device.isPrimary ?? false,
    ],
  );
  if (row === undefined) throw new Error("a device was written but not returned");
  return row[0];
}
