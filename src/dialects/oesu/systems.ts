import { dongleSerialOf, type Fingerprint } from "../../kinds/chart/fingerprint.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import { type Call, execute } from "./answer.ts";
import type { IdentifySystemRequest, XfprRequest } from "./decode.ts";
import { successDocument } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { keepIdentity } from "./identity-record.ts";

/** Identify system: the name of a machine. Refused with `systemUnknown` (8l) or `systemDisabled` (10). */
export async function identifySystem(
  { context, customer }: Call,
  { fingerprint }: IdentifySystemRequest,
): Promise<string | ProtocolError> {
  const { organization, queries } = context;
  const known = await queries.devices.byFingerprint(organization.id, customer.id, fingerprint.machine);
  if (known === undefined) return new ProtocolError("systemUnknown");
  if (known.disabledAtMs !== null) return new ProtocolError("systemDisabled");
  return successDocument("systemName", known.name);
}

/**
 * Upload fingerprint: registers the customer's machine under a name; again is a success. Refused with `machineChanged`
 * (8h), `machineKnown` (8j) or `systemDisabled` (10).
 */
export async function uploadFingerprint(
  call: Call,
  { systemName, fingerprint, identity }: XfprRequest,
): Promise<string | ProtocolError> {
  if (!isNameFor(systemName, fingerprint)) return new ProtocolError("machineChanged");
  const outcome = await execute(call, {
    verb: "register_device",
    customerId: call.customer.id,
    device: systemNamed(systemName),
    fingerprint: fingerprint.machine,
  });
  if (!outcome.ok) return protocolErrorOf(outcome.refusal);
  const { context, settings } = call;
  if (settings.keyHook !== null) {
    const deviceId = outcome.value.device.id;
    const machine = await context.queries.devices.fingerprintHash(context.organization.id, deviceId);
    if (machine !== undefined) await keepIdentity(context, { deviceId, machine }, identity());
  }
  return successDocument();
}

/** Whether the name fits: a fingerprint with the serial of a dongle needs the name of that dongle. */
function isNameFor(systemName: string, { dongleSerial }: Fingerprint): boolean {
  return dongleSerial === undefined || dongleSerial === dongleSerialOf(systemName);
}
