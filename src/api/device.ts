import { customerNameLengthMax } from "../core/customer.ts";
import type { Device } from "../core/device.ts";
import { named, nullable, object, text, truth, type ValueOfSchema } from "./schema.ts";
import { id, time, writeId, writeTime, writeTimeOrNull } from "./values.ts";

export const kind = text(
  { maxLength: 32, pattern: "^[a-z][a-z0-9_]*$" },
  {
    description: "What sort of device it is. Each protocol knows the devices of its own kinds.",
    examples: ["machine"],
  },
);
const name = text(
  { minLength: 1, maxLength: customerNameLengthMax },
  {
    description: "Unique among the customer's devices of the kind, in the form that its protocol asks for.",
    examples: ["08-00-27-AA-BB-CC"],
  },
);

export const deviceNameSchema = named("DeviceName", object({ kind, name }));

export const deviceTerms = {
  id: id("the device"),
  customer: nullable(id("its customer"), { description: "`null` for a device of nobody in particular." }),
  kind,
  name,
  hasMachine: truth({ description: "Whether a machine registered under the name." }),
  registeredAt: time("When it was first named."),
  disabledAt: nullable(time("When it was disabled. It can get nothing more.")),
};
export const deviceSchema = named("Device", object(deviceTerms));

/** A device as the API tells it. */
export function writeDevice(device: Device): ValueOfSchema<typeof deviceSchema> {
  return {
    id: String(device.id),
    customer: writeId(device.customerId),
    kind: device.kind,
    name: device.name,
    hasMachine: device.fingerprint !== null,
    registeredAt: writeTime(device.registeredAtMs),
    disabledAt: writeTimeOrNull(device.disabledAtMs),
  };
}

export const deviceExample: ValueOfSchema<typeof deviceSchema> = {
  id: "15",
  customer: "7",
  kind: "machine",
  name: "08-00-27-AA-BB-CC",
  hasMachine: false,
  registeredAt: "2027-05-01T12:00:00.000Z",
  disabledAt: null,
};
