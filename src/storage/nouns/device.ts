import {
  type CustomersDevice,
  customersDevice,
  type Device,
  type DeviceMetadata,
  deviceMetadata,
  devices,
  holdersDevice,
  type Machine,
  machine,
  otherFingerprint,
} from "../../core/device.ts";
import type { Metadata } from "../../core/metadata.ts";
import { rows } from "../../engine/working-set.ts";
import type { Secrets } from "../secrets.ts";
import { command, locking } from "../statement.ts";
import { bigint, boolean, bytes, type Column, columns, json, nullable, sent, table, text, time } from "../table.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const id = { id: bigint() };
const lasting = {
  customerId: nullable(bigint()),
  kind: text(),
  name: text(),
  identity: nullable(text()),
  registeredAtMs: time(),
};
const disabled = { disabledAtMs: nullable(time()) };
const hash = { fingerprintHash: nullable(bytes()) };

/** A device. Its fingerprint stays unknown: the row tells only whether there is one. */
export const deviceColumns = columns({
  ...table("device", { ...id, ...lasting, ...disabled }).in("d"),
  fingerprint: {
    sql: "d.fingerprint_hash is not null",
    sentAs: "",
    decode: (isKnown: boolean) => (isKnown ? otherFingerprint : null),
  } satisfies Column<string | null>,
});

/** A machine with a keyed hash under which it may be stored. */
interface HashedMachine extends Machine {
  readonly hash: Buffer;
}

/** The devices, with each machine once for each hash under which it may be stored. */
export function withHashes(
  secrets: Secrets,
  devices: readonly (CustomersDevice | Machine)[],
): (CustomersDevice | HashedMachine)[] {
  return devices.flatMap<CustomersDevice | HashedMachine>((device) =>
    "fingerprint" in device ? hashesOf(secrets, device) : [device],
  );
}

function hashesOf(secrets: Secrets, machine: Machine): HashedMachine[] {
  const { customerId, fingerprint } = machine;
  return fingerprintHashes(secrets, customerId, fingerprint).map((hash) => ({ ...machine, hash }));
}

const isMachine = (device: CustomersDevice | HashedMachine): device is HashedMachine => "hash" in device;

/** Devices of customers, by their names or as machines. They are sent as the parameters from `first` on. */
export function namedDevices(first: number) {
  const byName = sent({ customerId: nullable(bigint()), kind: text(), identity: nullable(text()) }, first);
  const byHash = sent({ customerId: bigint(), hash: bytes() }, first + 3);
  return {
    /** Selects the numbers of the devices. */
    sql: `select f.id from ${byName.sql}
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from ${byHash.sql}
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash`,
    arrays(devices: readonly (CustomersDevice | HashedMachine)[]): (string | null)[] {
      const named = devices.filter((device): device is CustomersDevice => !isMachine(device));
      return [...byName.arrays(named), ...byHash.arrays(devices.filter(isMachine))];
    },
  };
}

const fingerprintPurpose = "fingerprint";

/**
 * The keyed hashes under which a customer's fingerprint may be stored. The fingerprint itself is kept nowhere, so its
 * hash stays under a retired key until the fingerprint is uploaded again.
 */
export function fingerprintHashes(secrets: Secrets, customerId: number, fingerprint: string): readonly Buffer[] {
  return secrets.lastingHashes(`${customerId} ${fingerprint}`, fingerprintPurpose);
}

function storedHash(secrets: Secrets, { customerId, fingerprint }: Device): Buffer | null {
  if (customerId === null || fingerprint === null || fingerprint === otherFingerprint) return null;
  return secrets.lookupHash(`${customerId} ${fingerprint}`, fingerprintPurpose);
}

const locked = columns({ device: deviceColumns, fingerprintHash: nullable(bytes("d.fingerprint_hash")) });
const ofCustomers = namedDevices(2);
const ofHolders = sent({ code: text(), kind: text(), identity: nullable(text()) }, 7);

const lockDevices = locking(
  "lock_devices",
  locked,
  "d",
  (lock) => `select ${locked.sql} from device d
where d.organization_id = $1 and d.id in (
  ${ofCustomers.sql}
  union all
  select f.id from ${ofHolders.sql}
  join entitlement e on e.organization_id = $1 and e.code = n.code
  join device f on f.organization_id = $1 and f.customer_id = e.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from ${ofHolders.sql}
  join entitlement e on e.organization_id = $1 and e.code = n.code and e.customer_id is null
  join device f on f.organization_id = $1 and f.customer_id is null and f.kind = n.kind and f.identity = n.identity)
order by d.id ${lock}`,
);

const deviceTable = table("device", { ...id, ...lasting, ...disabled, ...hash });
const insertDevices = command(
  "insert_devices",
  `${deviceTable.insert}
order by n.customer_id, n.kind collate "C", n.identity collate "C"`,
);

const changedDevice = sent({ ...id, ...disabled, ...hash, keeps: boolean() }, 2);
const updateDevices = command(
  "update_devices",
  `update device d set disabled_at = to_timestamp(n.disabled_at),
  fingerprint_hash = case when n.keeps then d.fingerprint_hash else n.fingerprint_hash end
from ${changedDevice.sql}
where d.organization_id = $1 and d.id = n.id`,
);

export const storedDevices: StoredNoun<string, Device> = {
  noun: devices,
  sequence: "device_id_seq",
  locksRows: true,

  /** Only machines that are asked about get their fingerprints. */
  async load({ sql, secrets, organizationId }, asked, lock) {
    const machines = asked.questions(machine).flatMap((one) => hashesOf(secrets, one));
    const found = await lockDevices[lock](
      sql,
      organizationId,
      ...ofCustomers.arrays([...asked.questions(customersDevice), ...machines]),
      ...ofHolders.arrays(asked.questions(holdersDevice)),
    );
    const machineOf = ({ customerId }: Device, stored: Buffer | null) =>
      machines.find((one) => one.customerId === customerId && stored?.equals(one.hash) === true);
    const told = found.map(({ device, fingerprintHash }) => {
      const match = machineOf(device, fingerprintHash);
      return match === undefined ? device : { ...device, fingerprint: match.fingerprint };
    });
    return [rows(devices, told)];
  },

  *write({ sql, secrets, organizationId }, { added, changed }) {
    const update = (some: readonly Device[]) => {
      const written = some.map((device) => ({
        id: device.id,
        disabledAtMs: device.disabledAtMs,
        fingerprintHash: storedHash(secrets, device),
        keeps: device.fingerprint === otherFingerprint,
      }));
      return updateDevices(sql, organizationId, ...changedDevice.arrays(written));
    };
    // A machine leaves its old device before it takes another one.
    const [freed, held] = [changed.filter(isFree), changed.filter((device) => !isFree(device))];
    yield* unlessEmpty(freed, update);
    yield* unlessEmpty(held, update);
    yield* unlessEmpty(added, (some) => {
      const written = some.map((device) => ({ ...device, fingerprintHash: storedHash(secrets, device) }));
      return insertDevices(sql, organizationId, ...deviceTable.arrays(written));
    });
  },
};

/** Whether a device has no machine. */
const isFree = ({ fingerprint }: Device) => fingerprint === null;

const metadataTable = table("device", { deviceId: bigint("id"), metadata: nullable(json<Metadata>()) });
const writeMetadata = command("write_device_metadata", metadataTable.update);

/** Metadata lie in a column of their device. */
export const storedDeviceMetadata: StoredNoun<number, DeviceMetadata> = {
  noun: deviceMetadata,

  *write({ sql, organizationId }, { added, changed }) {
    yield writeMetadata(sql, organizationId, ...metadataTable.arrays([...added, ...changed]));
  },
};
