import { refuseTime } from "../../core/entitlement.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import { codeOfUnit } from "../../kinds/chart/unit-code.ts";
import { type Call, execute } from "./answer.ts";
import type { AssignRequest } from "./decode.ts";
import { successDocument } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { isListed, readHoldings } from "./list.ts";
import { slotUuidOf } from "./slot-uuid.ts";

/**
 * Chart assignment: gives a system the first free slot of a unit, for good. The answer is the slot and nothing else:
 * with a list beside it the plugin would have the slot twice. Refused with `systemUnknown` (8l), `systemDisabled` (10),
 * `orderUnknown` (26), `chartExpired` (16), `editionMissing` (14), `placesTaken` (17) or `alreadyAssigned` (20).
 */
export async function assignChart(call: Call, request: AssignRequest): Promise<string | ProtocolError> {
  const { systems, contents, bases } = await readHoldings(call);
  const named = systemNamed(request.systemName);
  const system = systems.find(({ identity }) => identity === named.identity);
  if (system === undefined) return new ProtocolError("systemUnknown");
  if (system.disabledAtMs !== null) return new ProtocolError("systemDisabled");
  const productId = Number(request.chartId);
  const code = codeOfUnit({ ...request, productId });
  const content = contents.find(({ entitlement }) => entitlement.code === code);
  const isKnown = String(productId) === request.chartId && content !== undefined;
  if (!isKnown || !isListed(content, call.request.atMs)) return new ProtocolError("orderUnknown");
  const { product, entitlement } = content;
  if (refuseTime(product, entitlement, call.request.atMs) !== undefined) return new ProtocolError("chartExpired");
  // A system keeps its slot for good, so it gets no slot of a chart that cannot be fetched.
  if (!bases.some(({ edition }) => edition.productId === productId)) return new ProtocolError("editionMissing");
  const outcome = await execute(call, { verb: "bind", productId, code, device: named, register: false });
  if (!outcome.ok) return protocolErrorOf(outcome.refusal);
  const { changed, bindings } = outcome.value;
  const held = bindings.find(({ device }) => device.id === system.id);
  if (!changed || held === undefined) return new ProtocolError("alreadyAssigned");
  return successDocument("slotUuid", slotUuidOf(call.context.organization.id, entitlement.id, held.slot));
}
