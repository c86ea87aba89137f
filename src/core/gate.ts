import { accessKeysMax, isAccessKey, isName } from "./product.ts";
import { lookup, noun } from "./state.ts";

/** A place where people are let in, such as an entrance: who stands there presents one of its access keys. */
export interface Gate extends GateTerms {
  readonly id: number;
  readonly createdAtMs: number;
  /** Set once the gate was retired. It admits nobody, and stays, since uses and log entries name it. */
  readonly retiredAtMs: number | null;
}

/** The part of a gate that its operator writes. */
export interface GateTerms {
  /** Unique among the gates that are not retired. */
  readonly name: string;
  /** The products that it opens, each once. */
  readonly admits: readonly Admission[];
  /** What the gate may do besides redeeming. */
  readonly rights: readonly GateRight[];
  /** In the order in which they were given. A key stands at one gate at most. */
  readonly accessKeys: readonly string[];
}

/** A product that is opened, with the categories to which that is limited. */
export interface Admission {
  readonly productId: number;
  /** The keys of categories of the product; `null` for all, and for entitlements without a category. */
  readonly categories: readonly string[] | null;
}

/** `search`: to look entitlements up; `see_names`: to see who holds them; `undo`: to take a use back. */
export const gateRights = ["search", "see_names", "undo"] as const;
export type GateRight = (typeof gateRights)[number];

/** The gate of a principal or of a log entry. */
export interface GateName {
  readonly id: number;
  readonly name: string;
}

/** A command names the rows of all products that its gate admits to. */
export const gateProductsMax = 200;
/** A shorter key can be guessed within days. */
export const gateKeyLengthMin = 10;

/** Names of gates are kept and compared without blanks around them, and with their accents composed (Unicode's NFC). */
export function canonicalGateName(name: string): string {
  return name.trim().normalize("NFC");
}

/** A product by its number, with the categories to which that is limited: `2`, or `2:adult,child`. */
export function admissionText({ productId, categories }: Admission): string {
  return categories === null ? String(productId) : `${productId}:${categories.join(",")}`;
}

/** The first reason why these terms cannot stand by themselves; `undefined` when they can. */
export function refuseGateTerms({
  name,
  admits,
  accessKeys,
}: GateTerms): "name_invalid" | "quantity_invalid" | "access_key_invalid" | undefined {
  if (!isName(name)) return "name_invalid";
  if (admits.length > gateProductsMax) return "quantity_invalid";
  const keysFit =
    accessKeys.length <= accessKeysMax && accessKeys.every((key) => isAccessKey(key) && key.length >= gateKeyLengthMin);
  return keysFit ? undefined : "access_key_invalid";
}

/** Gates, by their numbers. */
export const gates = noun<number, Gate>({ name: "gate", keyOf: ({ id }) => id });

/** The gate of this name that is not retired. */
export const gateNamed = lookup<string, Gate>({
  name: "gate_named",
  noun: gates,
  entriesOf: ({ name, retiredAtMs }) => (retiredAtMs === null ? [name] : []),
  entryFor: (name) => name,
});

/** The gate at which this access key stands. */
export const gateOfKey = lookup<string, Gate>({
  name: "gate_of_key",
  noun: gates,
  entriesOf: ({ accessKeys }) => accessKeys,
  entryFor: (key) => key,
});
