import { holdingOf } from "../binding.ts";
import { type BuiltDelivery, type Delivery, deliveries, deliveriesOf, isLive } from "../delivery.ts";
import { type DeviceName, holdersDevice } from "../device.ts";
import { currentEdition, type Edition, editionsOf } from "../edition.ts";
import { entitlements, missing, type ProductEntitlement, refuseTime, replacedCodes } from "../entitlement.ts";
import { jobs } from "../job.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { type Effect, put, type State } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { contentRefusals, holdingDevice } from "./holding-device.ts";

interface RequestDelivery {
  readonly productId: number;
  readonly code: string;
  /** An entitlement of another customer counts as not found. */
  readonly customerId: number;
  readonly device: DeviceName;
  /** When present, the device must hold this slot. */
  readonly slot?: number;
}

interface RequestedDelivery extends ProductEntitlement {
  readonly edition: Edition;
  readonly delivery: Delivery;
}

/**
 * Has the current edition prepared for a device that holds the entitlement. There is one build, however often it is
 * requested. Deliveries that have expired, or are of an older edition, end.
 */
export const requestDelivery = verb<RequestDelivery, RequestedDelivery>()({
  name: "request_delivery",
  permission: "use_entitlements",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "device_not_found",
    "edition_not_found",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "device_disabled",
    "not_bound",
    "already_delivered",
    "not_yet_valid",
    "no_longer_valid",
  ],
  logs: ["delivery_requested"],

  needs: ({ productId, code, device: { kind, identity } }) => ({
    lock: [entitlements.at(code), holdersDevice.at({ code, kind, identity }), deliveriesOf.at(code)],
    read: [products.at(productId), holdingOf.at(code), replacedCodes.at(code), editionsOf.at(productId)],
    fresh: [[deliveries, 1]],
  }),

  decide(state, command, { nowMs, principal, fresh }) {
    const { code, slot } = command;
    const found = holdingDevice(state, command, principal);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement, device, held } = found;
    const edition = currentEdition(state.find(editionsOf, product.id), nowMs);
    if (edition === undefined) return refuse("edition_not_found");
    const before = state.find(deliveriesOf, code).filter(({ deviceId }) => deviceId === device.id);
    const refusal = strongest([
      ...contentRefusals(found),
      (held === undefined || (slot !== undefined && slot !== held.slot)) && "not_bound",
      before.some((delivery) => delivery.editionId === edition.id && isLive(delivery, nowMs)) && "already_delivered",
      refuseTime(product, entitlement, nowMs),
    ]);
    if (refusal !== undefined) return refuse(refusal);

    const of = { entitlementId: entitlement.id, deviceId: device.id, editionId: edition.id };
    const delivery: Delivery = { id: fresh(deliveries), ...of, requestedAtMs: nowMs, built: null, endedAtMs: null };
    return accept(
      { product, entitlement, edition, delivery },
      [
        ...ending(before, nowMs),
        put(deliveries, delivery),
        put(jobs, { task: "build_delivery", subject: { deliveryId: delivery.id } }),
      ],
      [{ ...aboutEntitlement("delivery_requested", entitlement, nowMs), deviceId: device.id }],
    );
  },
});

interface DeliveryNamed {
  readonly deliveryId: number;
  /** The code of the delivery's entitlement. */
  readonly code: string;
}

const named = ({ code }: DeliveryNamed) => ({
  lock: [entitlements.at(code), deliveriesOf.at(code)],
  read: [replacedCodes.at(code)],
});

interface FinishDelivery extends DeliveryNamed {
  readonly built: Omit<BuiltDelivery, "readyAtMs">;
  /** The task that mails the holder. */
  readonly mailTask: string;
}

/**
 * Offers a delivery whose file is ready, and has its holder told by mail. If it is offered already, the command
 * succeeds and changes nothing.
 */
export const finishDelivery = verb<FinishDelivery, Delivery>()({
  name: "finish_delivery",
  permission: "deliver_content",
  refusals: ["entitlement_not_found", "code_replaced", "delivery_ended"],
  logs: ["delivery_ready"],
  needs: named,

  decide(state, command, { nowMs }) {
    const found = find(state, command);
    if (typeof found === "string") return refuse(found);
    const { entitlement, delivery: before } = found;
    if (before.built !== null) return accept(before);
    const delivery: Delivery = { ...before, built: { ...command.built, readyAtMs: nowMs } };
    return accept(
      delivery,
      [put(deliveries, delivery), put(jobs, { task: command.mailTask, subject: { deliveryId: delivery.id } })],
      [{ ...aboutEntitlement("delivery_ready", entitlement, nowMs), deviceId: delivery.deviceId }],
    );
  },
});

/** Ends a delivery that has expired or cannot be built. The next one can be requested. */
export const endDelivery = verb<DeliveryNamed, Delivery>()({
  name: "end_delivery",
  permission: "deliver_content",
  refusals: ["entitlement_not_found", "code_replaced", "delivery_ended"],
  logs: ["delivery_ended"],
  needs: named,

  decide(state, command, { nowMs }) {
    const found = find(state, command);
    if (typeof found === "string") return refuse(found);
    const delivery: Delivery = { ...found.delivery, endedAtMs: nowMs };
    return accept(
      delivery,
      [put(deliveries, delivery)],
      [{ ...aboutEntitlement("delivery_ended", found.entitlement, nowMs), deviceId: delivery.deviceId }],
    );
  },
});

/** The effects that end these deliveries, none of which has ended before. */
export function ending(ended: readonly Delivery[], nowMs: number): readonly Effect[] {
  return ended.map((delivery) => put(deliveries, { ...delivery, endedAtMs: nowMs }));
}

function find(state: State, { deliveryId, code }: DeliveryNamed) {
  const entitlement = state.get(entitlements, code);
  if (entitlement === undefined) return missing(state, { code });
  const delivery = state.find(deliveriesOf, code).find(({ id }) => id === deliveryId);
  if (delivery === undefined) return "delivery_ended";
  return { entitlement, delivery };
}
