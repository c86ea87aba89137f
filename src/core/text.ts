/**
 * The ways in which one text may be written: as it is, and with its accents composed (NFC) or as signs of their own
 * (NFD).
 */
export function spellingsOf(text: string): readonly string[] {
  return [...new Set([text, text.normalize("NFC"), text.normalize("NFD")])];
}

/**
 * Whether a text has more than so many characters, as people count them nearly always: an emoji is one, though it takes
 * two units of the text.
 */
export function isLongerThan(text: string, charactersMax: number): boolean {
  return text.length > charactersMax && Array.from(text).length > charactersMax;
}
