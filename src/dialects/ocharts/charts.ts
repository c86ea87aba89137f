import { refuseTime } from "../../core/entitlement.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import { codeOfUnit } from "../../kinds/chart/unit-code.ts";
import { type Call, execute } from "./answer.ts";
import type { SlotName, SlotRequest } from "./decode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { isListed, listOf, readHoldings } from "./list.ts";

/** Get list: every slot of every chart that the customer has bought, and the names of the customer's systems. */
export async function listCharts(call: Call): Promise<string> {
  return listOf(call, await readHoldings(call));
}

/**
 * Chart assignment: gives a free slot to a system for good. The answer is the list, from which clients take the name
 * for the request. Refused with `systemNameUnknown` (8), `systemNameDisabled` (11), `orderUnknown` (26), `chartExpired`
 * (16), `editionMissing` (14:615), `slotTaken` (17), also for a slot that does not exist, or `alreadyAssigned` (18).
 */
export async function assignChart(call: Call, request: SlotRequest): Promise<string | ProtocolError> {
  const slot = await findSlot(call, request);
  if (slot instanceof ProtocolError) return slot;
  const outcome = await execute(call, { verb: "bind", ...slot, register: false });
  if (!outcome.ok) return protocolErrorOf(outcome.refusal);
  return outcome.value.changed ? listCharts(call) : new ProtocolError("alreadyAssigned");
}

/**
 * Chart request: has the current edition built for the system in the slot. The answer is the list. Refused with
 * `systemNameUnknown` (8), `systemNameDisabled` (11), `systemNameWrong` (21), `orderUnknown` (26), `chartExpired` (16),
 * `editionMissing` (14:615), `alreadyRequested` (19) or `notAssigned` (20).
 */
export async function requestChart(call: Call, request: SlotRequest): Promise<string | ProtocolError> {
  const slot = await findSlot(call, request);
  if (slot instanceof ProtocolError) return slot;
  const outcome = await execute(call, { verb: "request_delivery", ...slot, customerId: call.customer.id });
  return outcome.ok ? listCharts(call) : protocolErrorOf(outcome.refusal);
}

/** A slot of the customer's unit, and the system that a task names for it. */
async function findSlot(call: Call, { task, systemName, slotName }: SlotRequest) {
  const { systems, contents } = await readHoldings(call);
  const { identity } = systemNamed(systemName);
  const system = systems.find((one) => one.identity === identity);
  if (system === undefined) return new ProtocolError("systemNameUnknown");
  if (system.disabledAtMs !== null) return new ProtocolError("systemNameDisabled");
  // A delivery is bound to a machine, and this system waits for its next one.
  if (task === "request" && system.fingerprint === null) return new ProtocolError("systemNameWrong");
  const code = codeOf(slotName);
  const content = contents.find(({ entitlement }) => entitlement.code === code);
  if (content === undefined || !isListed(content, call.request.atMs)) return new ProtocolError("orderUnknown");
  const { product, entitlement } = content;
  // Expiry is checked before the slot, although the core checks the clock last.
  const moment = refuseTime(product, entitlement, call.request.atMs);
  if (moment !== undefined) return protocolErrorOf(moment);
  // A system keeps its slot for good, so it gets no slot of a chart that cannot be requested yet.
  if (content.edition === null) return new ProtocolError("editionMissing");
  return { productId: product.id, code: entitlement.code, device: system, slot: slotName.slot };
}

/** The code of the named unit; `undefined` unless `chartId` is a number in its usual spelling. */
function codeOf({ order, chartId, quantityId }: SlotName): string | undefined {
  const productId = Number(chartId);
  return String(productId) === chartId ? codeOfUnit({ order, productId, quantityId }) : undefined;
}
