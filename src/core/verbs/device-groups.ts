import { customersNumbered } from "../customer.ts";
import { givenNumbers, isGivenNumber } from "../given-number.ts";
import { aboutSetup, type Plain } from "../log-entry.ts";
import { anyPhoneIn, type DeviceGroup, deviceGroups, deviceGroupsBeside, deviceGroupsOf } from "../phone-device.ts";
import { nameLengthMax } from "../product.ts";
import { type Effect, put, remove } from "../state.ts";
import { isLongerThan } from "../text.ts";
import { accept, refuse, verb } from "../verb.ts";

interface AddDeviceGroup {
  readonly customerId: number;
  readonly name: string;
  /** The number of a group that comes from another server. When absent, a new number is used. */
  readonly id?: number;
}

/** Adds a group of devices to a customer. The first one is its primary group. */
export const addDeviceGroup = verb<AddDeviceGroup, { readonly group: DeviceGroup }>()({
  name: "add_device_group",
  permission: "manage_customers",
  refusals: ["customer_not_found", "name_invalid", "number_invalid", "number_taken"],
  logs: ["device_group_added"],

  needs: ({ customerId, id }) => ({
    lock: [deviceGroupsOf.at(customerId)],
    read: [customersNumbered.at(customerId), deviceGroups.at(...givenNumbers(id))],
    fresh: [[deviceGroups, id === undefined ? 1 : 0]],
  }),

  decide(state, { customerId, id, ...given }, { nowMs, fresh }) {
    if (state.find(customersNumbered, customerId).length === 0) return refuse("customer_not_found");
    const name = given.name.trim();
    if (!isName(name)) return refuse("name_invalid");
    if (id !== undefined && !isGivenNumber(id)) return refuse("number_invalid");
    if (id !== undefined && state.get(deviceGroups, id) !== undefined) return refuse("number_taken");
    const isPrimary = state.find(deviceGroupsOf, customerId).length === 0;
    const group: DeviceGroup = { id: id ?? fresh(deviceGroups), customerId, name, isPrimary };
    const detail = { group: group.id, customer: customerId, name };
    return accept({ group }, [put(deviceGroups, group)], [aboutSetup("device_group_added", detail, nowMs)]);
  },
});

interface ChangeDeviceGroup {
  readonly groupId: number;
  /** Absent: the group keeps its name. */
  readonly name?: string;
  /** Whether it becomes the primary group of its customer, instead of another one. */
  readonly isPrimary?: boolean;
}

/** Renames a group of devices, or makes it the primary one of its customer. */
export const changeDeviceGroup = verb<ChangeDeviceGroup, { readonly group: DeviceGroup }>()({
  name: "change_device_group",
  permission: "manage_customers",
  refusals: ["device_group_not_found", "name_invalid"],
  logs: ["device_group_changed"],

  needs: ({ groupId }) => ({ lock: [deviceGroups.at(groupId), deviceGroupsBeside.at(groupId)] }),

  decide(state, { groupId, isPrimary = false, ...given }, { nowMs }) {
    const before = state.get(deviceGroups, groupId);
    if (before === undefined) return refuse("device_group_not_found");
    const name = given.name?.trim() ?? before.name;
    if (!isName(name)) return refuse("name_invalid");
    const becomesPrimary = isPrimary && !before.isPrimary;
    const group: DeviceGroup = { ...before, name, isPrimary: before.isPrimary || isPrimary };
    const demoted = state
      .find(deviceGroupsBeside, groupId)
      .filter((other) => becomesPrimary && other.isPrimary)
      .map((other): Effect => put(deviceGroups, { ...other, isPrimary: false }));
    const detail: Record<string, Plain> = { group: groupId, customer: before.customerId };
    if (name !== before.name) detail.name = { from: before.name, to: name };
    if (becomesPrimary) detail.isPrimary = true;
    return accept(
      { group },
      [...demoted, put(deviceGroups, group)],
      Object.keys(detail).length > 2 ? [aboutSetup("device_group_changed", detail, nowMs)] : [],
    );
  },
});

/** Removes a group without devices. The primary one goes last: devices without a group of their own get into it. */
export const removeDeviceGroup = verb<{ readonly groupId: number }, { readonly group: DeviceGroup }>()({
  name: "remove_device_group",
  permission: "manage_customers",
  refusals: ["device_group_not_found", "device_group_primary", "device_group_in_use"],
  logs: ["device_group_removed"],

  needs: ({ groupId }) => ({
    lock: [deviceGroups.at(groupId), deviceGroupsBeside.at(groupId)],
    read: [anyPhoneIn.at(groupId)],
  }),

  decide(state, { groupId }, { nowMs }) {
    const group = state.get(deviceGroups, groupId);
    if (group === undefined) return refuse("device_group_not_found");
    const isLast = state.find(deviceGroupsBeside, groupId).length === 1;
    if (group.isPrimary && !isLast) return refuse("device_group_primary");
    if (state.find(anyPhoneIn, groupId).length > 0) return refuse("device_group_in_use");
    const detail = { group: groupId, customer: group.customerId, name: group.name };
    return accept({ group }, [remove(deviceGroups, groupId)], [aboutSetup("device_group_removed", detail, nowMs)]);
  },
});

function isName(name: string): boolean {
  return name !== "" && !isLongerThan(name, nameLengthMax) && !/\p{Cc}/u.test(name);
}
