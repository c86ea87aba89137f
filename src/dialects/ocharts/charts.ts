import { refuseTime } from "../../core/entitlement.ts";
import { type Call, execute } from "./answer.ts";
import type { SlotName, SlotRequest } from "./decode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { isListed, listOf, readHoldings } from "./list.ts";
import { systemNamed } from "./system-name.ts";
import { codeOfUnit } from "./unit-code.ts";

/** Get list: every slot of every chart that the customer has bought, and the names of the customer's systems. */
export async function listCharts(call: Call): Promise<string> {
  return listOf(call, await readHoldings(call));
}

/**
 * Chart assignment: a free slot goes to a system, for good; answered with the list, from which clients take the name for
 * the request. Refused with `systemNameUnknown` (8), `systemNameDisabled` (11), `orderUnknown` (26), `chartExpired` (16),
 * `editionMissing` (14:615), `slotTaken` (17), also for a slot that there is not, or `alreadyAssigned` (18).
 */
export async function assignChart(call: Call, request: SlotRequest): Promise<string | ProtocolError> {
  const place = await findPlace(call, request);
  if (place instanceof ProtocolError) return place;
  const outcome = await execute(call, { verb: "bind", ...place, register: false });
  if (!outcome.ok) return protocolErrorOf(outcome.refusal);
  return outcome.value.changed ? listCharts(call) : new ProtocolError("alreadyAssigned");
}

/**
 * Chart request: has the current edition prepared for the system that has the slot; answered with the list. Refused with
 * `systemNameUnknown` (8), `systemNameDisabled` (11), `systemNameWrong` (21), `orderUnknown` (26), `chartExpired` (16),
 * `editionMissing` (14:615), `alreadyRequested` (19) or `notAssigned` (20).
 */
export async function requestChart(call: Call, request: SlotRequest): Promise<string | ProtocolError> {
  const place = await findPlace(call, request);
  if (place instanceof ProtocolError) return place;
  const outcome = await execute(call, { verb: "request_delivery", ...place, customerId: call.customer.id });
  return outcome.ok ? listCharts(call) : protocolErrorOf(outcome.refusal);
}

/** A slot of the customer's and the system that it is about. */
async function findPlace(call: Call, { task, systemName, slotName }: SlotRequest) {
  const { systems, contents } = await readHoldings(call);
  const { identity } = systemNamed(systemName);
  const system = systems.find((one) => one.identity === identity);
  if (system === undefined) return new ProtocolError("systemNameUnknown");
  if (system.disabledAtMs !== null) return new ProtocolError("systemNameDisabled");
  // What is prepared is bound to a machine, and this name waits for its next one.
  if (task === "request" && system.fingerprint === null) return new ProtocolError("systemNameWrong");
  const code = codeOf(slotName);
  const content = contents.find(({ entitlement }) => entitlement.code === code);
  if (content === undefined || !isListed(content, call.request.atMs)) return new ProtocolError("orderUnknown");
  const { product, entitlement } = content;
  // It comes before what there is to say of the slot, though the clock counts last in the core.
  const moment = refuseTime(product, entitlement, call.request.atMs);
  if (moment !== undefined) return protocolErrorOf(moment);
  // A system that takes a slot keeps it, so it takes none of which there is nothing to request.
  if (content.edition === null) return new ProtocolError("editionMissing");
  return { productId: product.id, code: entitlement.code, device: system, slot: slotName.slot };
}

/** The code of the unit that is named, if charts are numbered so: written otherwise, a number names nothing. */
function codeOf({ order, chartId, quantityId }: SlotName): string | undefined {
  const productId = Number(chartId);
  return String(productId) === chartId ? codeOfUnit({ order, productId, quantityId }) : undefined;
}
