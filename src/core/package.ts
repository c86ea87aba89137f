import { editions } from "./edition.ts";
import { entitlements } from "./entitlement.ts";
import { lookup, noun } from "./state.ts";

/** One file that brings a user to an edition. It is the same for everybody. */
export interface Package {
  readonly id: number;
  /** The edition that a user has afterwards. */
  readonly editionId: number;
  /** The edition that a user must have before: then this is an update. `null` for a base, which holds everything. */
  readonly fromEditionId: number | null;
  /** The name under which it is downloaded. */
  readonly fileName: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  readonly readyAtMs: number;
}

/** Packages, by their numbers. They are only ever added, and go with their edition. */
export const packages = noun<number, Package>({
  name: "package",
  partOf: { noun: editions, keyOf: ({ editionId }) => editionId },
  keyOf: ({ id }) => id,
});

/** The packages that bring a user to the edition with this number. */
export const packagesOf = lookup<number, Package>({
  name: "packages_of",
  noun: packages,
  entriesOf: ({ editionId }) => [editionId],
  entryFor: (editionId) => editionId,
});

/** The edition that was last requested for an entitlement on one device, to be fetched as packages. */
export interface EditionRequest {
  readonly id: number;
  readonly entitlementId: number;
  readonly deviceId: number;
  readonly editionId: number;
  readonly requestedAtMs: number;
}

/** Edition requests, by their numbers. There is one for an entitlement and a device. */
export const editionRequests = noun<number, EditionRequest>({ name: "edition_request", keyOf: ({ id }) => id });

/** The edition requests for the entitlement with this code. */
export const editionRequestsOf = lookup<string, EditionRequest>({
  name: "edition_requests_of",
  noun: editionRequests,
  entriesOf: ({ entitlementId }) => [entitlementId],
  entryFor: (code, state) => state.get(entitlements, code)?.id,
});
