import { type PhoneDevice, phones } from "../../core/phone-device.ts";
import { insertPhone } from "../statements/phone-devices.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

export const storedPhones: StoredNoun<number, PhoneDevice> = {
  noun: phones,
  sequence: "device_id_seq",

  *write({ runner, secrets, organizationId }, changes) {
    for (const phone of onlyAdded(phones, changes)) yield insertPhone(runner, secrets, organizationId, phone);
  },
};
