import { isLongerThan } from "./text.ts";

/** Values of the integrator's own, by their keys. Counterfoil keeps them and tells them, and reads nothing in them. */
export type Metadata = Readonly<Record<string, string>>;

export const metadataKeysMax = 50;
export const metadataKeyLengthMax = 40;
export const metadataValueLengthMax = 500;
export const referenceLengthMax = 255;
export const attentionLengthMax = 500;

/** Whether these may be the metadata of something: few enough keys, none empty, and no text that is too long. */
export function isMetadata(metadata: Metadata): boolean {
  const all = Object.entries(metadata);
  return (
    all.length <= metadataKeysMax &&
    all.every(
      ([key, value]) =>
        key !== "" && !isLongerThan(key, metadataKeyLengthMax) && !isLongerThan(value, metadataValueLengthMax),
    )
  );
}

/** Metadata as they are kept: `null` when there are none. */
export function keptMetadata(metadata: Metadata | null): Metadata | null {
  return metadata === null || Object.keys(metadata).length === 0 ? null : metadata;
}

/** Whether two metadata say the same. */
export function isSameMetadata(one: Metadata | null, other: Metadata | null): boolean {
  const all = Object.entries(one ?? {});
  return all.length === Object.keys(other ?? {}).length && all.every(([key, value]) => other?.[key] === value);
}

/** Whether this may be a reference, such as the integrator's order number. */
export function isReference(reference: string): boolean {
  return reference.trim() !== "" && !isLongerThan(reference, referenceLengthMax);
}

/** Whether this may be a note for the steward. */
export function isAttention(note: string): boolean {
  return !isLongerThan(note, attentionLengthMax);
}
