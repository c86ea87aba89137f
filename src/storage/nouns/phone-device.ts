import { type PhoneDevice, phones } from "../../core/phone-device.ts";
import { command } from "../statement.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

/** The purpose for which passwords of phones are sealed. */
export const deviceSecretPurpose = "device secret";

/** Makes a phone in the primary group of its customer, and the group if there is none. */
const insertPhone = command(
  "insert_phone",
  `with made as (
  insert into device_group (organization_id, id, customer_id, name, is_primary)
  values ($1, nextval('device_group_id_seq'), $2, 'primary', true)
  on conflict (organization_id, customer_id) where is_primary do nothing returning id
), primary_group as (
  select id from made
  union all select id from device_group where organization_id = $1 and customer_id = $2 and is_primary
), added as (
  insert into device (organization_id, id, customer_id, kind, name, registered_at)
  values ($1, $12, $2, 'phone', $4, now())
  returning id
), account as (
  insert into phone_account (organization_id, device_id, type, device_group_id, secret_sealed, host, port, caller_id, description,
    is_hidden)
  select $1, added.id, $3, (select id from primary_group limit 1), $5, $6, $7, $8, $9, $10 from added
), chosen as (
  update customer set primary_device_id = added.id from added where organization_id = $1 and customer.id = $2 and $11
)
select`,
);

export const storedPhones: StoredNoun<number, PhoneDevice> = {
  noun: phones,
  sequence: "device_id_seq",

  *write({ sql, secrets, organizationId }, changes) {
    for (const phone of onlyAdded(phones, changes)) {
      yield insertPhone(
        sql,
        organizationId,
        phone.customerId,
        phone.type,
        phone.username,
        phone.secret === "" ? null : secrets.seal(phone.secret, deviceSecretPurpose),
        phone.host,
        phone.port,
        phone.callerId,
        phone.description,
        phone.isHidden,
        phone.isPrimary,
        phone.id,
      );
    }
  },
};
