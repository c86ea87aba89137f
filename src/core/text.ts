/**
 * Whether a text has more than so many characters, as people count them nearly always: an emoji is one, though it takes
 * two units of the text.
 */
export function isLongerThan(text: string, charactersMax: number): boolean {
  return text.length > charactersMax && Array.from(text).length > charactersMax;
}
