import type { ActionDraft, ActionKind } from "../action.ts";
import { type Delivery, isLive } from "../delivery.ts";
import { type Entitlement, refuseTime } from "../entitlement.ts";
import { strongest } from "../refusal.ts";
import type { Change, State } from "../state.ts";
import { accept, type Rule, refuse, take } from "./rule.ts";

/**
 * Has the current edition prepared for a device that holds the entitlement: one build, however often and at how many
 * places it is asked for. What was prepared of an older edition, or for longer than it is kept, is ended by that.
 *
 * Refused with `product_not_found`, `entitlement_not_found` (also for another product's, or when another holds it),
 * `device_not_found`, `edition_not_found`, `product_retired`, `entitlement_revoked`, `device_disabled`, `not_bound`,
 * `already_delivered`, `not_yet_valid` or `no_longer_valid`.
 */
export const requestDelivery: Rule<"request_delivery"> = {
  needs: ({ productId, code, device }) => ({
    productsRead: [productId],
    codes: [code],
    bindingsOf: [code],
    devices: [{ code, ...device }],
    editionsOf: [productId],
    deliveriesOf: [code],
    fresh: { deliveries: 1 },
  }),

  decide(state, command, { nowMs, fresh }) {
    const product = state.product(command.productId);
    if (product === undefined) return refuse("product_not_found");
    const entitlement = state.entitlement(command.code);
    const isHolders = entitlement?.customer?.id === command.customerId && entitlement.productId === product.id;
    if (!isHolders) return refuse("entitlement_not_found");
    const device = state.device(command.customerId, command.device.kind, command.device.name);
    if (device === undefined) return refuse("device_not_found");
    const edition = state.currentEdition(product.id);
    if (edition === undefined) return refuse("edition_not_found");
    const held = state.bindings(entitlement.id).find((binding) => binding.device.id === device.id);
    const before = state.deliveries(entitlement.id).filter((delivery) => delivery.deviceId === device.id);
    const isLiveNow = before.some((delivery) => delivery.editionId === edition.id && isLive(delivery, nowMs));
    const moment = refuseTime(product, entitlement, nowMs);
    const refusal = strongest([
      ...(product.retiredAtMs !== null ? (["product_retired"] as const) : []),
      ...(entitlement.revokedAtMs !== null ? (["entitlement_revoked"] as const) : []),
      ...(device.disabledAtMs !== null ? (["device_disabled"] as const) : []),
      ...(held === undefined || (command.slot !== undefined && command.slot !== held.slot)
        ? (["not_bound"] as const)
        : []),
      ...(isLiveNow ? (["already_delivered"] as const) : []),
      ...(moment === undefined ? [] : [moment]),
    ]);
    if (refusal !== undefined) return refuse(refusal);

    const delivery: Delivery = {
      id: take(fresh.deliveries),
      entitlementId: entitlement.id,
      deviceId: device.id,
      editionId: edition.id,
      requestedAtMs: nowMs,
      built: null,
      endedAtMs: null,
    };
    return accept<"request_delivery">(
      { product, entitlement, edition, delivery },
      [
        ...ending(before, nowMs),
        { change: "put_delivery", delivery },
        { change: "queue_job", job: { task: "build_delivery", subject: { deliveryId: delivery.id } } },
      ],
      [deliveryAction("delivery_requested", entitlement, delivery, nowMs)],
    );
  },
};

/**
 * Offers a delivery whose file is there, and has its holder told by mail. One that is offered already is a success that
 * changes nothing. Refused with `entitlement_not_found` or `delivery_ended`.
 */
export const finishDelivery: Rule<"finish_delivery"> = {
  needs: ({ code }) => ({ codes: [code], deliveriesOf: [code] }),

  decide(state, command, { nowMs }) {
    const found = find(state, command);
    if (typeof found === "string") return refuse(found);
    const { entitlement, delivery: before } = found;
    if (before.built !== null) return accept<"finish_delivery">(before, [], []);
    const delivery: Delivery = { ...before, built: { ...command.built, readyAtMs: nowMs } };
    return accept<"finish_delivery">(
      delivery,
      [
        { change: "put_delivery", delivery },
        { change: "queue_job", job: { task: "mail_delivery", subject: { deliveryId: delivery.id } } },
      ],
      [deliveryAction("delivery_ready", entitlement, delivery, nowMs)],
    );
  },
};

/**
 * Ends a delivery: because its time is over, or because it cannot be built. Refused with `entitlement_not_found`
 * or `delivery_ended`.
 */
export const endDelivery: Rule<"end_delivery"> = {
  needs: ({ code }) => ({ codes: [code], deliveriesOf: [code] }),

  decide(state, command, { nowMs }) {
    const found = find(state, command);
    if (typeof found === "string") return refuse(found);
    const delivery: Delivery = { ...found.delivery, endedAtMs: nowMs };
    return accept<"end_delivery">(
      delivery,
      [{ change: "put_delivery", delivery }],
      [deliveryAction("delivery_ended", found.entitlement, delivery, nowMs)],
    );
  },
};

/** The changes by which these deliveries, none of which has ended, are not offered any more. */
export function ending(deliveries: readonly Delivery[], nowMs: number): readonly Change[] {
  return deliveries.map((delivery) => ({ change: "put_delivery", delivery: { ...delivery, endedAtMs: nowMs } }));
}

function find(state: State, { deliveryId, code }: { readonly deliveryId: number; readonly code: string }) {
  const entitlement = state.entitlement(code);
  if (entitlement === undefined) return "entitlement_not_found";
  const delivery = state.deliveries(entitlement.id).find(({ id }) => id === deliveryId);
  if (delivery === undefined) return "delivery_ended";
  return { entitlement, delivery };
}

function deliveryAction(
  kind: ActionKind,
  entitlement: Entitlement,
  delivery: Delivery,
  occurredAtMs: number,
): ActionDraft {
  return {
    kind,
    productId: entitlement.productId,
    entitlementId: entitlement.id,
    code: entitlement.code,
    deviceId: delivery.deviceId,
    occurredAtMs,
    refusal: null,
  };
}
