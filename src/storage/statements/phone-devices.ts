import type { NewPhoneDevice } from "../../engine/administration.ts";
import type { Secrets } from "../secrets.ts";
import { type Runner, run } from "./statement.ts";

/** What passwords of phones are sealed for. */
export const deviceSecretPurpose = "device secret";

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
