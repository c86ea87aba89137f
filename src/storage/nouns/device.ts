import { customersDevice, type Device, devices, holdersDevice, machine } from "../../core/device.ts";
import { rows } from "../../engine/working-set.ts";
import { insertDevices, lockDevices, updateDevices } from "../statements/devices.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

export const storedDevices: StoredNoun<string, Device> = {
  noun: devices,
  sequence: "device_id_seq",
  locksRows: true,

  async load({ runner, secrets, organizationId }, asked, lock) {
    const found = await lockDevices(
      runner,
      secrets,
      organizationId,
      {
        holders: asked.questions(holdersDevice),
        customers: asked.questions(customersDevice),
        machines: asked.questions(machine),
      },
      lock,
    );
    return [rows(devices, found)];
  },

  *write({ runner, secrets, organizationId }, { added, changed }) {
    // A machine leaves its old name before it takes another one.
    const [freed, held] = [changed.filter(isFree), changed.filter((device) => !isFree(device))];
    yield* unlessEmpty(freed, (all) => updateDevices(runner, secrets, organizationId, all));
    yield* unlessEmpty(held, (all) => updateDevices(runner, secrets, organizationId, all));
    yield* unlessEmpty(added, (all) => insertDevices(runner, secrets, organizationId, all));
  },
};

/** Whether a device has no machine. */
const isFree = ({ fingerprint }: Device) => fingerprint === null;
