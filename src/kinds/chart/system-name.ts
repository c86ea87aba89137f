import type { DeviceName } from "../../core/device.ts";

const dongleNameShape = /^sgl[0-9A-F]{8}$/;
const systemNameShape = /^[A-Za-z0-9]{3,15}$/;
const smallNameShape = /^[a-z0-9]+$/;
const likeDongleShape = /^sgl[0-9a-f]{8}$/i;

/**
 * A system: a computer with a name of letters and digits that its owner gave it, or a dongle with its serial number.
 * The names of two computers of a customer differ in more than the case of letters; the name of a dongle is taken as it
 * is.
 */
export function systemNamed(name: string): DeviceName {
  return { kind: "system", name, identity: isSystemName(name) ? identityOf(name) : null };
}

/** Whether this is the name of a dongle: `sgl` and its serial. No other system may have such a name. */
export function isDongleName(name: string): boolean {
  return dongleNameShape.test(name);
}

function isSystemName(name: string): boolean {
  if (!systemNameShape.test(name)) return false;
  return isDongleName(name) || smallNameShape.test(name) || !likeDongleShape.test(name);
}

function identityOf(name: string): string {
  return isDongleName(name) ? name : name.toLowerCase();
}
