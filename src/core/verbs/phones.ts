import { aboutSetup } from "../log-entry.ts";
import { type PhoneDevice, phones } from "../phone-device.ts";
import { put } from "../state.ts";
import { accept, verb } from "../verb.ts";

interface AddPhone
  extends Pick<PhoneDevice, "customerId" | "type" | "username" | "secret" | "host" | "port">,
    Partial<Pick<PhoneDevice, "isPrimary" | "callerId" | "description" | "isHidden">> {}

/** Adds a phone to a customer, in the customer's primary group. The store fails if there is no such customer. */
export const addPhone = verb<AddPhone, { readonly phoneId: number }>()({
  name: "add_phone",
  permission: "manage_customers",
  refusals: [],
  logs: ["phone_added"],

  needs: () => ({ fresh: [[phones, 1]] }),

  decide(_state, input, { nowMs, fresh }) {
    const { customerId, type, username, secret, host, port } = input;
    const { isPrimary = false, callerId = "", description = "", isHidden = false } = input;
    const account = { type, username, secret, host, port, callerId, description, isPrimary, isHidden };
    const phone: PhoneDevice = { id: fresh(phones), customerId, groupId: null, ...account };
    const detail = { phone: phone.id, customer: customerId, type, username };
    return accept({ phoneId: phone.id }, [put(phones, phone)], [aboutSetup("phone_added", detail, nowMs)]);
  },
});
