import type { PhoneDevice } from "../../core/phone-device.ts";
import type { NewPhoneDevice } from "../../engine/administration.ts";
import type { Secrets } from "../secrets.ts";
import { pageRows, pages } from "./pages.ts";
import { type Runner, run } from "./statement.ts";

/** What passwords of phones are sealed for. */
export const deviceSecretPurpose = "device secret";

type PhoneDeviceRow = [
  id: number,
  customerId: number,
  type: string,
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

const columns =
  "d.id, d.customer_id, a.type, a.device_group_id, d.id is not distinct from c.primary_device_id, d.name, a.secret_sealed, a.host, a.port, a.caller_id, a.description, a.is_hidden";
const source = `device d
       join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
       join customer c on c.organization_id = d.organization_id and c.id = d.customer_id`;

function toPhoneDevice(secrets: Secrets, row: PhoneDeviceRow): PhoneDevice {
  const [id, customerId, type, groupId, isPrimary, username, sealed, host, port, callerId, description, isHidden] = row;
  const secret = sealed === null ? "" : secrets.open(sealed, deviceSecretPurpose);
  return { id, customerId, type, groupId, isPrimary, username, secret, host, port, callerId, description, isHidden };
}

export async function readPhoneDevice(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  id: number,
): Promise<PhoneDevice | undefined> {
  const [row] = await run<PhoneDeviceRow>(
    runner,
    "read_phone_device",
    `select ${columns} from ${source} where d.organization_id = $1 and d.id = $2`,
    [organizationId, id],
  );
  return row === undefined ? undefined : toPhoneDevice(secrets, row);
}

/** The phones of a customer, ascending by number. */
export function pagePhoneDevices(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  filter: { readonly customerId: number; readonly visibleOnly: boolean },
): AsyncGenerator<PhoneDevice[]> {
  return pages(async (last: PhoneDevice | undefined) => {
    const rows = await run<PhoneDeviceRow>(
      runner,
      "page_phone_devices",
      // The bound stands for both tables, so that no plan reads one of them from its beginning for every page.
      `select ${columns} from ${source}
       where d.organization_id = $1 and d.customer_id = $2 and d.id > $3 and a.device_id > $3 and (not $4 or not a.is_hidden)
       order by d.id limit ${pageRows}`,
      [organizationId, filter.customerId, last?.id ?? -1, filter.visibleOnly],
    );
    return rows.map((row) => toPhoneDevice(secrets, row));
  });
}

/** Makes a phone, in its customer's primary group, which is made if there is none. Resolves with its number. */
export async function insertPhoneDevice(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  device: NewPhoneDevice,
): Promise<number> {
  const [row] = await run<[id: number]>(
    runner,
    "insert_phone_device",
    `with made as (
       insert into device_group (organization_id, id, customer_id, name, is_primary)
       values ($1, nextval('device_group_id_seq'), $2, 'primary', true)
       on conflict (organization_id, customer_id) where is_primary do nothing returning id
     ), primary_group as (
       select id from made
       union all select id from device_group where organization_id = $1 and customer_id = $2 and is_primary
     ), added as (
       insert into device (organization_id, id, customer_id, kind, name, registered_at)
       values ($1, nextval('device_id_seq'), $2, 'phone', $4, now())
       returning id
     ), account as (
       insert into phone_account (organization_id, device_id, type, device_group_id, secret_sealed, host, port, caller_id, description,
         is_hidden)
       select $1, added.id, $3, (select id from primary_group limit 1), $5, $6, $7, $8, $9, $10 from added
     ), chosen as (
       update customer set primary_device_id = added.id from added where organization_id = $1 and customer.id = $2 and $11
     )
     select id from added`,
    [
      organizationId,
      device.customerId,
      device.type,
      device.username,
      device.secret === "" ? null : secrets.seal(device.secret, deviceSecretPurpose),
      device.host,
      device.port,
      device.callerId ?? "",
      device.description ?? "",
      device.isHidden ?? false,
      device.isPrimary ?? false,
    ],
  );
  if (row === undefined) throw new Error("a phone was written but not returned");
  return row[0];
}
