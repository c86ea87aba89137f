import {
  anyPhoneIn,
  type DeviceGroup,
  deviceGroups,
  deviceGroupsBeside,
  deviceGroupsOf,
  deviceNumbers,
  type Phone,
  type PhoneSecret,
  type PrimaryPhone,
  phoneSecrets,
  phones,
  primaryPhones,
} from "../../core/phone-device.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking, query } from "../statement.ts";
import { bigint, boolean, bytes, columns, integer, nullable, table, text } from "../table.ts";
import { numberedInsert, type StoredNoun, unlessEmpty } from "./stored.ts";

const groupTable = table("device_group", {
  id: bigint(),
  customerId: bigint(),
  name: text(),
  isPrimary: boolean(),
});

export const groupColumns = columns(groupTable.in("g"));

const lockGroups = locking(
  "lock_device_groups",
  groupColumns,
  "g",
  (lock) => `select ${groupColumns.sql} from device_group g
where g.organization_id = $1 and (g.id = any($2::bigint[]) or g.customer_id = any($3::bigint[])
  or g.customer_id in (select o.customer_id from device_group o where o.organization_id = $1 and o.id = any($4::bigint[])))
order by g.id ${lock}`,
);
const insertGroups = command("insert_device_groups", numberedInsert(groupTable.insert, "device_group_id_seq"));
const updateGroups = command("update_device_groups", groupTable.update);
const deleteGroups = command(
  "delete_device_groups",
  "delete from device_group where organization_id = $1 and id = any($2::bigint[])",
);

export const storedDeviceGroups: StoredNoun<number, DeviceGroup> = {
  noun: deviceGroups,
  sequence: "device_group_id_seq",
  locksRows: true,
  removesRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const found = await lockGroups[lock](
      sql,
      organizationId,
      asked.keys(deviceGroups),
      asked.questions(deviceGroupsOf),
      asked.questions(deviceGroupsBeside),
    );
    return [rows(deviceGroups, found)];
  },

  *write({ sql, organizationId }, { added, changed, removed }) {
    const update = (some: readonly DeviceGroup[]) => updateGroups(sql, organizationId, ...groupTable.arrays(some));
    yield* unlessEmpty(removed, (ids) => deleteGroups(sql, organizationId, ids));
    // A primary group steps back before another one takes its place.
    yield* unlessEmpty(
      changed.filter(({ isPrimary }) => !isPrimary),
      update,
    );
    yield* unlessEmpty(
      changed.filter(({ isPrimary }) => isPrimary),
      update,
    );
    yield* unlessEmpty(added, (all) => insertGroups(sql, organizationId, ...groupTable.arrays(all)));
  },
};

// A phone has a row in each of two tables.
const deviceTable = table("device", { id: bigint(), customerId: bigint(), username: text("name") });
const accountTable = table("phone_account", {
  id: bigint("device_id"),
  type: text(),
  groupId: nullable(bigint("device_group_id")),
  host: text(),
  port: nullable(integer()),
  callerId: text(),
  description: text(),
  isHidden: boolean(),
});

/** A phone, of `device d` and `phone_account a`. */
export const phoneColumns = { ...deviceTable.in("d"), ...accountTable.in("a"), id: bigint("d.id") };
const lockedColumns = columns(phoneColumns);

const lockPhones = locking(
  "lock_phones",
  lockedColumns,
  "d",
  (lock) => `select ${lockedColumns.sql} from device d
join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
where d.organization_id = $1 and d.id in (
  select unnest($2::bigint[])
  union all
  select any_one.device_id from unnest($3::bigint[]) as asked (group_id)
  cross join lateral (select p.device_id from phone_account p
    where p.organization_id = $1 and p.device_group_id = asked.group_id limit 1) as any_one)
order by d.id ${lock}`,
);

const insertDevices = command(
  "insert_phones",
  numberedInsert(
    `insert into device (organization_id, ${deviceTable.names}, kind, registered_at)
select $1::bigint, ${deviceTable.values}, 'phone', now()
from ${deviceTable.sent}`,
    "device_id_seq",
  ),
);
const insertAccounts = command("insert_phone_accounts", accountTable.insert);
const updateDevices = command("update_phones", deviceTable.update);
const updateAccounts = command("update_phone_accounts", accountTable.update);
/** Removes phones with their accounts. */
const deletePhones = command(
  "delete_phones",
  `with freed as (
  update customer set primary_device_id = null where organization_id = $1 and primary_device_id = any($2::bigint[])
)
delete from device where organization_id = $1 and id = any($2::bigint[])`,
);

export const storedPhones: StoredNoun<number, Phone> = {
  noun: phones,
  sequence: "device_id_seq",
  locksRows: true,
  removesRows: true,

  async load({ sql, organizationId }, asked, lock) {
    return [rows(phones, await lockPhones[lock](sql, organizationId, asked.keys(phones), asked.questions(anyPhoneIn)))];
  },

  *write({ sql, organizationId }, { added, changed, removed }) {
    yield* unlessEmpty(removed, (ids) => deletePhones(sql, organizationId, ids));
    yield* unlessEmpty(changed, (all) => updateDevices(sql, organizationId, ...deviceTable.arrays(all)));
    yield* unlessEmpty(changed, (all) => updateAccounts(sql, organizationId, ...accountTable.arrays(all)));
    yield* unlessEmpty(added, (all) => insertDevices(sql, organizationId, ...deviceTable.arrays(all)));
    yield* unlessEmpty(added, (all) => insertAccounts(sql, organizationId, ...accountTable.arrays(all)));
  },
};

/** The purpose for which passwords of phones are sealed. */
export const deviceSecretPurpose = "device secret";

const secretTable = table("phone_account", { id: bigint("device_id"), secretSealed: nullable(bytes()) });
const writeSecrets = command("write_phone_secrets", secretTable.update);

/** A password lies in a column of its phone's account. */
export const storedPhoneSecrets: StoredNoun<number, PhoneSecret> = {
  noun: phoneSecrets,

  *write({ sql, secrets, organizationId }, { added, changed }) {
    const sealed = [...added, ...changed].map(({ phoneId: id, secret }) => ({
      id,
      secretSealed: secret === "" ? null : secrets.seal(secret, deviceSecretPurpose),
    }));
    yield writeSecrets(sql, organizationId, ...secretTable.arrays(sealed));
  },
};

const primaryTable = table("customer", { customerId: bigint("id"), phoneId: bigint("primary_device_id") });
const writePrimaries = command("write_primary_phones", primaryTable.update);

/** The primary phone stands in a column of its customer. */
export const storedPrimaryPhones: StoredNoun<number, PrimaryPhone> = {
  noun: primaryPhones,

  *write({ sql, organizationId }, { added, changed }) {
    yield writePrimaries(sql, organizationId, ...primaryTable.arrays([...added, ...changed]));
  },
};

const numberColumns = columns({ id: bigint("d.id") });
const readNumbers = query(
  "read_device_numbers",
  numberColumns,
  `select ${numberColumns.sql} from device d where d.organization_id = $1 and d.id = any($2::bigint[])`,
);

export const storedDeviceNumbers: StoredNoun<number, number> = {
  noun: deviceNumbers,

  async load({ sql, organizationId }, asked) {
    const found = await readNumbers(sql, organizationId, asked.keys(deviceNumbers));
    return [
      rows(
        deviceNumbers,
        found.map(({ id }) => id),
      ),
    ];
  },
};
