/** The spellings of a text: as it is, with composed accents (NFC), and with decomposed accents (NFD). */
export function spellingsOf(text: string): readonly string[] {
  return [...new Set([text, text.normalize("NFC"), text.normalize("NFD")])];
}

/**
 * Whether a text has more characters than allowed. Code points are counted: an emoji is one, though it takes two units
 * of the text.
 */
export function isLongerThan(text: string, charactersMax: number): boolean {
  return text.length > charactersMax && Array.from(text).length > charactersMax;
}
