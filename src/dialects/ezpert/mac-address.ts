import type { DeviceName } from "../../core/device.ts";

const separators = /[\s:.-]/g;
const twelveSigns = /^[0-9A-Z]{12}$/;

/**
 * A MAC address as six upper-case pairs joined by hyphens, from any case and with colons, dots, hyphens or blanks at
 * any place; `undefined` unless there are twelve letters and digits. They need not be hexadecimal: documents mask
 * addresses with other letters.
 */
export function canonicalMacAddress(text: string): string | undefined {
  const signs = text.replace(separators, "").toUpperCase();
  return twelveSigns.test(signs) ? signs.replace(/..(?!$)/g, "$&-") : undefined;
}

/** A machine by its MAC address; only the canonical spelling names one. */
export function machineNamed(name: string): DeviceName {
  return { kind: "machine", name, identity: canonicalMacAddress(name) === name ? name : null };
}
