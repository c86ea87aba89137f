import type { Administration } from "../engine/administration.ts";
import { BoundedMap } from "./bounded-map.ts";

/** How exactly the last use of a token is known. */
export const lastUseExactMs = 60_000;
/** Tokens whose last note is remembered, over all organizations. */
const notedMax = 10_000;

/**
 * Makes the function that notes the use of a token, once a minute at most. It waits for nothing: that a use could not
 * be noted changes no answer.
 */
export function noteTokenUses(
  administration: Pick<Administration, "noteTokenUse">,
  now: () => number,
): (organizationId: number, tokenId: number) => void {
  const noted = new BoundedMap<string, number>(notedMax);
  return (organizationId, tokenId) => {
    const key = `${organizationId} ${tokenId}`;
    if (now() - (noted.get(key) ?? Number.NEGATIVE_INFINITY) < lastUseExactMs) return;
    noted.set(key, now());
    administration.noteTokenUse(organizationId, tokenId).catch(() => noted.delete(key));
  };
}
