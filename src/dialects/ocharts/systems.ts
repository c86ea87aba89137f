import { dongleSerialOf, type Fingerprint } from "../../kinds/chart/fingerprint.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import { type Call, execute } from "./answer.ts";
import type { IdentifySystemRequest, XfprRequest } from "./decode.ts";
import { successDocument } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";

/**
 * Upload fingerprint: registers the customer's machine under a name; again is a success. Refused with
 * `systemNameWrong` (21), `fingerprintOfAnother` (9:610), `machineKnown` (9:612) or `systemNameDisabled` (11).
 */
export async function uploadFingerprint(
  call: Call,
  { systemName, fingerprint }: Pick<XfprRequest, "systemName" | "fingerprint">,
): Promise<string | ProtocolError> {
  if (!isNameFor(systemName, fingerprint)) return new ProtocolError("systemNameWrong");
  const outcome = await execute(call, {
    verb: "register_device",
    customerId: call.customer.id,
    device: systemNamed(systemName),
    fingerprint: fingerprint.machine,
  });
  if (outcome.ok) return successDocument();
  if (outcome.refusal !== "fingerprint_taken") return protocolErrorOf(outcome.refusal);
  const known = await findSystem(call, fingerprint);
  // The other system was released meanwhile, so this one can have the machine.
  if (known === undefined) return uploadFingerprint(call, { systemName, fingerprint });
  return protocolErrorOf(outcome.refusal, known.name);
}

/** Identify system: the name of a machine. Refused with `systemNotFound` (9:614) or `systemNameDisabled` (11). */
export async function identifySystem(
  call: Call,
  { fingerprint }: IdentifySystemRequest,
): Promise<string | ProtocolError> {
  const known = await findSystem(call, fingerprint);
  if (known === undefined) return new ProtocolError("systemNotFound");
  if (known.disabledAtMs !== null) return new ProtocolError("systemNameDisabled");
  return successDocument("systemName", known.name);
}

/** Whether the name fits: a fingerprint with the serial of a dongle needs the name of that dongle. */
function isNameFor(systemName: string, { dongleSerial }: Fingerprint): boolean {
  return dongleSerial === undefined || dongleSerial === dongleSerialOf(systemName);
}

function findSystem({ context, customer }: Call, { machine }: Fingerprint) {
  return context.queries.devices.byFingerprint(context.organization.id, customer.id, machine);
}
