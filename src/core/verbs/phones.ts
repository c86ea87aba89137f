import { customersNumbered } from "../customer.ts";
import { givenNumbers, isGivenNumber } from "../given-number.ts";
import { aboutSetup, type Plain } from "../log-entry.ts";
import {
  deviceGroups,
  deviceGroupsOf,
  deviceNumbers,
  type Phone,
  type PhoneDevice,
  phoneSecrets,
  phones,
  primaryPhones,
  refusePhone,
} from "../phone-device.ts";
import { type Effect, put, remove } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface AddPhone
  extends Pick<PhoneDevice, "customerId" | "type" | "username" | "secret" | "host" | "port">,
    Partial<Pick<PhoneDevice, "callerId" | "description" | "isHidden">> {
  /** The number of a phone that comes from another server. When absent, a new number is used. */
  readonly id?: number;
  /** A group of the customer. When absent, the primary one, which is made if there is none. */
  readonly groupId?: number;
  /** Whether it becomes the primary phone of the customer, instead of another one. */
  readonly isPrimary?: boolean;
}

/** Adds a phone to a customer. */
export const addPhone = verb<AddPhone, { readonly phoneId: number; readonly groupId: number }>()({
  name: "add_phone",
  permission: "manage_customers",
  refusals: ["customer_not_found", "device_group_not_found", "number_invalid", "phone_invalid", "number_taken"],
  logs: ["phone_added"],

  needs: ({ customerId, id }) => ({
    lock: [deviceGroupsOf.at(customerId)],
    read: [customersNumbered.at(customerId), phones.at(...givenNumbers(id)), deviceNumbers.at(...givenNumbers(id))],
    fresh: [
      [phones, id === undefined ? 1 : 0],
      [deviceGroups, 1],
    ],
  }),

  decide(state, { customerId, type, username, secret, host, port, ...given }, { nowMs, fresh }) {
    const { isPrimary = false, callerId = "", description = "", isHidden = false } = given;
    if (state.find(customersNumbered, customerId).length === 0) return refuse("customer_not_found");
    const known = state
      .find(deviceGroupsOf, customerId)
      .find((group) => (given.groupId === undefined ? group.isPrimary : group.id === given.groupId));
    if (known === undefined && given.groupId !== undefined) return refuse("device_group_not_found");
    if (given.id !== undefined && !isGivenNumber(given.id)) return refuse("number_invalid");
    const account = { type, username, host, port, callerId, description };
    const refusal = refusePhone(account, secret);
    if (refusal !== undefined) return refuse(refusal);
    if (given.id !== undefined && (state.get(phones, given.id) ?? state.get(deviceNumbers, given.id)) !== undefined) {
      return refuse("number_taken");
    }
    const group = known ?? { id: fresh(deviceGroups), customerId, name: "primary", isPrimary: true };
    const phone: Phone = { id: given.id ?? fresh(phones), customerId, groupId: group.id, ...account, isHidden };
    const detail = { phone: phone.id, customer: customerId, type, username };
    return accept(
      { phoneId: phone.id, groupId: group.id },
      [
        ...(known === undefined ? [put(deviceGroups, group)] : []),
        put(phones, phone),
        ...secretOf(phone, secret),
        ...(isPrimary ? [primary(phone)] : []),
      ],
      [aboutSetup("phone_added", detail, nowMs)],
    );
  },
});

interface ChangePhone {
  readonly phoneId: number;
  /** Absent members keep their value. A group must be one of the same customer. */
  readonly changes: Partial<
    Pick<PhoneDevice, "type" | "username" | "secret" | "host" | "port" | "callerId" | "description" | "isHidden">
  > & { readonly groupId?: number };
  /** Whether it becomes the primary phone of its customer, instead of another one. */
  readonly isPrimary?: boolean;
}

/** Changes a phone. */
export const changePhone = verb<ChangePhone, { readonly phone: Phone }>()({
  name: "change_phone",
  permission: "manage_customers",
  refusals: ["phone_not_found", "device_group_not_found", "phone_invalid"],
  logs: ["phone_changed"],

  needs: ({ phoneId, changes: { groupId } }) => ({
    lock: [phones.at(phoneId), ...(groupId === undefined ? [] : [deviceGroups.at(groupId)])],
  }),

  decide(state, { phoneId, changes: { secret, ...changes }, isPrimary = false }, { nowMs }) {
    const before = state.get(phones, phoneId);
    if (before === undefined) return refuse("phone_not_found");
    const { groupId } = changes;
    const isTheirs = (id: number) => state.get(deviceGroups, id)?.customerId === before.customerId;
    if (groupId !== undefined && !isTheirs(groupId)) return refuse("device_group_not_found");
    const phone: Phone = { ...before, ...changes };
    const refusal = refusePhone(phone, secret ?? "");
    if (refusal !== undefined) return refuse(refusal);
    const detail: Record<string, Plain> = { phone: phoneId, customer: phone.customerId };
    for (const name of Object.keys(changes) as (keyof typeof changes)[]) {
      if (before[name] !== phone[name]) detail[name] = { from: before[name], to: phone[name] };
    }
    if (secret !== undefined) detail.secret = { from: "(secret)", to: "(secret)" };
    if (isPrimary) detail.isPrimary = true;
    return accept(
      { phone },
      [
        put(phones, phone),
        ...(secret === undefined ? [] : [put(phoneSecrets, { phoneId, secret })]),
        ...(isPrimary ? [primary(phone)] : []),
      ],
      Object.keys(detail).length > 2 ? [aboutSetup("phone_changed", detail, nowMs)] : [],
    );
  },
});

/** Removes a phone for good. If it was the primary one, its customer has none. */
export const removePhone = verb<{ readonly phoneId: number }, { readonly phone: Phone }>()({
  name: "remove_phone",
  permission: "manage_customers",
  refusals: ["phone_not_found"],
  logs: ["phone_removed"],

  needs: ({ phoneId }) => ({ lock: [phones.at(phoneId)] }),

  decide(state, { phoneId }, { nowMs }) {
    const phone = state.get(phones, phoneId);
    if (phone === undefined) return refuse("phone_not_found");
    const { customerId: customer, type, username } = phone;
    const detail = { phone: phoneId, customer, type, username };
    return accept({ phone }, [remove(phones, phoneId)], [aboutSetup("phone_removed", detail, nowMs)]);
  },
});

function secretOf({ id: phoneId }: Phone, secret: string): readonly Effect[] {
  return secret === "" ? [] : [put(phoneSecrets, { phoneId, secret })];
}

function primary({ id: phoneId, customerId }: Phone): Effect {
  return put(primaryPhones, { customerId, phoneId });
}
