import { holdingOf } from "../binding.ts";
import { type DeviceName, holdersDevice } from "../device.ts";
import { type Edition, editionsOf, isGiven } from "../edition.ts";
import { type Entitlement, entitlements, type ProductEntitlement, refuseTime, replacedCodes } from "../entitlement.ts";
import { jobs } from "../job.ts";
import { aboutEntitlement, aboutProduct } from "../log-entry.ts";
import {
  type EditionRequest,
  editionRequests,
  editionRequestsOf,
  type Package,
  packages,
  packagesOf,
} from "../package.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { put, type State } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { contentRefusals, holdingDevice } from "./holding-device.ts";

interface EditionNamed extends ProductNamed {
  readonly editionId: number;
}

/** Has the missing packages of an edition's product made: for editions that were added before there were any. */
export const makePackages = verb<EditionNamed, Edition>()({
  name: "make_packages",
  permission: "manage_products",
  refusals: ["product_not_found", "edition_not_found"],
  logs: [],

  needs: ({ productId }) => ({ lock: [products.at(productId)], read: [editionsOf.at(productId)] }),

  decide(state, command) {
    const found = namedEdition(state, command);
    if (typeof found === "string") return refuse(found);
    return accept(found, [put(jobs, packagesJob(found.id))]);
  },
});

/** The job that makes the missing packages of the product of this edition. */
export function packagesJob(editionId: number) {
  return { task: "make_packages", subject: { editionId } };
}

interface OfferPackage extends EditionNamed {
  readonly offered: Pick<Package, "fromEditionId" | "fileName" | "bytes" | "sha256">;
}

/** Offers a package that was made. If the edition has one for the same users already, nothing changes. */
export const offerPackage = verb<OfferPackage, Package>()({
  name: "offer_package",
  permission: "deliver_content",
  refusals: ["product_not_found", "edition_not_found"],
  logs: ["package_offered"],

  needs: ({ productId, editionId }) => ({
    lock: [products.at(productId)],
    read: [editionsOf.at(productId), packagesOf.at(editionId)],
    fresh: [[packages, 1]],
  }),

  decide(state, command, { nowMs, fresh }) {
    const edition = namedEdition(state, command);
    if (typeof edition === "string") return refuse(edition);
    const { offered } = command;
    const known = state.find(packagesOf, edition.id).find((one) => one.fromEditionId === offered.fromEditionId);
    if (known !== undefined) return accept(known);
    const made: Package = { id: fresh(packages), editionId: edition.id, ...offered, readyAtMs: nowMs };
    const detail = { edition: edition.name, file: made.fileName, bytes: made.bytes };
    return accept(
      made,
      [put(packages, made)],
      [{ ...aboutProduct("package_offered", command.productId, nowMs), detail }],
    );
  },
});

interface RequestEdition {
  readonly productId: number;
  readonly code: string;
  /** An entitlement of another customer counts as not found. */
  readonly customerId: number;
  readonly device: DeviceName;
  /** The device must hold this slot. */
  readonly slot: number;
  readonly editionId: number;
}

interface RequestedEdition extends ProductEntitlement {
  readonly edition: Edition;
  readonly request: EditionRequest;
}

/**
 * Grants an edition to a device that holds the entitlement, and remembers that it was requested there. An edition that
 * was published while the entitlement was valid is granted for good: `no_longer_valid` is the answer for a later one.
 */
export const requestEdition = verb<RequestEdition, RequestedEdition>()({
  name: "request_edition",
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
    "not_yet_valid",
    "no_longer_valid",
  ],
  logs: ["edition_requested"],

  needs: ({ productId, code, device: { kind, identity } }) => ({
    lock: [entitlements.at(code), holdersDevice.at({ code, kind, identity }), editionRequestsOf.at(code)],
    read: [products.at(productId), holdingOf.at(code), replacedCodes.at(code), editionsOf.at(productId)],
    fresh: [[editionRequests, 1]],
  }),

  decide(state, command, { nowMs, principal, fresh }) {
    const { code } = command;
    const found = holdingDevice(state, command, principal);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement, device, held } = found;
    const edition = state.find(editionsOf, product.id).find(({ id }) => id === command.editionId);
    if (edition === undefined || !isGiven(edition, nowMs)) return refuse("edition_not_found");
    const refusal = strongest([
      ...contentRefusals(found),
      held?.slot !== command.slot && "not_bound",
      refuseEdition(product, entitlement, edition, nowMs),
    ]);
    if (refusal !== undefined) return refuse(refusal);

    const before = state.find(editionRequestsOf, code).find(({ deviceId }) => deviceId === device.id);
    const of = { entitlementId: entitlement.id, deviceId: device.id };
    if (before?.editionId === edition.id) return accept({ product, entitlement, edition, request: before });
    const id = before?.id ?? fresh(editionRequests);
    const request: EditionRequest = { id, ...of, editionId: edition.id, requestedAtMs: nowMs };
    const about = { ...aboutEntitlement("edition_requested", entitlement, nowMs), deviceId: device.id };
    return accept(
      { product, entitlement, edition, request },
      [put(editionRequests, request)],
      [{ ...about, detail: { edition: edition.name } }],
    );
  },
});

/** The refusal of an edition at this moment; after the end of the entitlement the day of its publication counts. */
function refuseEdition(product: Product, entitlement: Entitlement, { publishedAtMs }: Edition, nowMs: number) {
  const now = refuseTime(product, entitlement, nowMs);
  if (now !== "no_longer_valid") return now;
  return refuseTime(product, entitlement, publishedAtMs) === "no_longer_valid" ? now : undefined;
}

function namedEdition(state: State, command: EditionNamed): Edition | "product_not_found" | "edition_not_found" {
  const product = namedProduct(state, command);
  if (product === undefined) return "product_not_found";
  return state.find(editionsOf, product.id).find(({ id }) => id === command.editionId) ?? "edition_not_found";
}
