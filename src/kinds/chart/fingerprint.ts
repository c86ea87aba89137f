/**
 * Fingerprints of machines. A client uploads the content as `xfpr`, and its name as `xfprName`.
 *
 * The content has lines of one tag with one attribute, such as `<UUID  I1="…"/>`. Its bytes are XORed with the ten
 * digits of the Unix time in the name, over and over, and written in hexadecimal. The line DATE repeats those digits.
 * Name, time and so every byte differ between uploads: all lines but DATE identify the machine.
 *
 * Fingerprints contain a person's name, network address and serial numbers. So only a digest and the serial of a dongle
 * leave this file, but for {@link readIdentity}, and no error quotes any decoded text.
 */

import { sha256Hex } from "../../wire/digest.ts";
import { isDongleName } from "./system-name.ts";

/** The longest decoded content. Real ones have some hundred bytes. */
export const fingerprintBytesMax = 4 * 1024;
const nameLength = "oc03R_1495855975.fpr".length;
const extension = ".fpr";
const nameShape = /^oc0[1-9][LWDR]_(?<digits>\d{10})\.fpr$/;

/** The identity of a machine, as far as it is kept. */
export interface Fingerprint {
  /**
   * The SHA-256, in hexadecimal, of the lines that identify the machine. Serials can be guessed, so only a keyed hash
   * of it may be kept.
   */
  readonly machine: string;
  /** The serial of the dongle, if the fingerprint tells it: eight upper-case hexadecimal digits. */
  readonly dongleSerial?: string;
}

/** Why a fingerprint cannot be read; {@link readFingerprint} tells when. */
export type FingerprintFault =
  | "fingerprintNameMissing"
  | "fingerprintExtensionInvalid"
  | "fingerprintNameLengthInvalid"
  | "fingerprintSystemInvalid"
  | "fingerprintVersionInvalid"
  | "fingerprintMissing"
  | "fingerprintInvalid"
  | "fingerprintOld"
  | "macAddressMissing"
  | "dongleSerialMissing"
  | "hardwareIdMissing";

const serialShape = /^[0-9A-F]{8}$/;

/** The serial in the system name of a dongle; `undefined` for the name of any other system. */
export function dongleSerialOf(systemName: string): string | undefined {
  return isDongleName(systemName) ? systemName.slice("sgl".length) : undefined;
}

/**
 * Reads a fingerprint. Refused with the first of these errors, in this order:
 * - `fingerprintNameMissing`, `fingerprintExtensionInvalid`, `fingerprintNameLengthInvalid`,
 *   `fingerprintSystemInvalid`, `fingerprintVersionInvalid` for the name, `fingerprintMissing`;
 * - `fingerprintInvalid` for an undecodable one: a name without ten digits, a content that is too long, not
 *   hexadecimal, not made of tags, or has another DATE than the name;
 * - `fingerprintOld`: tags, but no DATE among them;
 * - `macAddressMissing`: a line PMA without an address;
 * - `dongleSerialMissing`: a blank line SGL, or nothing at all under the name of a dongle;
 * - `hardwareIdMissing`: nothing that identifies a machine.
 *
 * No document shows the fingerprint of a dongle. Our choice is that its serial is in a line `<SGL  S1="0001A2B3"/>`. A
 * real dongle may tell it in another way. So a fingerprint with another line SGL, or with none, is identified by its
 * lines, and may have the name of any dongle.
 */
export function readFingerprint(xfprName: string, xfpr: string, systemName?: string): Fingerprint | FingerprintFault {
  const nameError = checkName(xfprName);
  if (nameError !== undefined) return nameError;
  if (xfpr === "") return "fingerprintMissing";
  const digits = nameShape.exec(xfprName)?.groups?.digits;
  const tags = digits === undefined ? undefined : decodeTags(xfpr, digits);
  if (digits === undefined || tags === undefined) return "fingerprintInvalid";
  const isNamedAsDongle = systemName !== undefined && dongleSerialOf(systemName) !== undefined;
  return identify(tags, digits, isNamedAsDongle);
}

/**
 * The lines that identify the machine of a fingerprint which {@link readFingerprint} accepts, as texts. They hold a
 * person's name, network address and serial numbers: they may only go, sealed or at once, to the publisher who makes
 * keys of them.
 */
export function readIdentity(xfprName: string, xfpr: string): readonly Tag[] {
  const digits = nameShape.exec(xfprName)?.groups?.digits;
  const tags = digits === undefined ? undefined : decodeTags(xfpr, digits);
  const asText = (value: string) => Buffer.from(value, "latin1").toString("utf8");
  return (tags ?? []).filter((tag) => !isDate(tag)).map((tag) => ({ ...tag, value: asText(tag.value) }));
}

function checkName(name: string): FingerprintFault | undefined {
  if (name === "") return "fingerprintNameMissing";
  if (!name.endsWith(extension)) return "fingerprintExtensionInvalid";
  if (name.length !== nameLength) return "fingerprintNameLengthInvalid";
  if (!/^.{4}[LWDR]/s.test(name)) return "fingerprintSystemInvalid";
  if (!/^oc0[1-9]/.test(name)) return "fingerprintVersionInvalid";
  return undefined;
}

/** A line of a fingerprint: `<UUID  I1="…"/>`. */
export interface Tag {
  readonly name: string;
  readonly attribute: string;
  readonly value: string;
}

/** A value may hold quotes, as names of persons do, but no angle brackets. */
const tagShape = /^<([A-Z]+) {1,2}([A-Z][0-9])="([^<>]*)"\/>$/;

/**
 * The tags, one a line; `undefined` for any other content. Values have one character a byte: they need not be UTF-8.
 */
function decodeTags(hex: string, digits: string): readonly Tag[] | undefined {
  if (hex.length > 2 * fingerprintBytesMax || !/^(?:[0-9A-Fa-f]{2})+$/.test(hex)) return undefined;
  const text = obscure(Buffer.from(hex, "hex"), digits).toString("latin1");
  if (!text.endsWith("\n")) return undefined;
  const tags: Tag[] = [];
  for (const line of text.slice(0, -1).split("\n")) {
    const [, name, attribute, value] = tagShape.exec(line) ?? [];
    if (name === undefined || attribute === undefined || value === undefined) return undefined;
    tags.push({ name, attribute, value });
  }
  return tags;
}

/** XORs with the digits, over and over. Applied twice, it gives the original bytes. */
function obscure(bytes: Uint8Array, digits: string): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ digits.charCodeAt(index % digits.length)));
}

const isDate = ({ name }: Tag) => name === "DATE";
const isBlank = ({ value }: Tag) => value.trim() === "";

function identify(tags: readonly Tag[], digits: string, isNamedAsDongle: boolean): Fingerprint | FingerprintFault {
  const dates = tags.filter(isDate);
  if (dates.length === 0) return "fingerprintOld";
  if (!dates.every(({ attribute, value }) => attribute === "D1" && value === digits)) {
    return "fingerprintInvalid";
  }
  const identity = tags.filter((tag) => !isDate(tag));
  if (identity.some((tag) => tag.name === "PMA" && isBlank(tag))) return "macAddressMissing";
  const dongle = identity.find(({ name }) => name === "SGL");
  const isBlankDongle = dongle !== undefined && isBlank(dongle);
  if (isBlankDongle || (isNamedAsDongle && identity.every(isBlank))) return "dongleSerialMissing";
  if (identity.every(isBlank)) return "hardwareIdMissing";
  // Sorted, with one blank before the attribute: order and blanks do not tell machines apart.
  const lines = identity.map(({ name, attribute, value }) => `${name} ${attribute}=${value}\n`).sort();
  const machine = sha256Hex(lines.join(""));
  const dongleSerial = dongle?.value.toUpperCase() ?? "";
  return serialShape.test(dongleSerial) ? { machine, dongleSerial } : { machine };
}

/** The operating systems, with the letter and the version that their clients send. */
const prefixes = { linux: "oc03L", windows: "oc01W", macos: "oc03D", android: "oc03R" } as const;

/** The parts of a fingerprint; an absent text has no line. */
export interface Machine {
  readonly os: keyof typeof prefixes;
  readonly uuid?: string;
  readonly mac?: string;
  readonly hardwareHash?: string;
  readonly serial?: string;
  /** The serial of a dongle. */
  readonly dongle?: string;
  /** The time of the fingerprint, in milliseconds since the epoch; rounded down to seconds. */
  readonly atMs: number;
}

/**
 * Makes a fingerprint as a client would upload it, to try and to test a server: its name, and its content in upper-case
 * hexadecimal. Empty texts are written, too, though no server accepts them. Throws a `RangeError` for a time without
 * ten digits in seconds, and for a text that cannot stand in a tag.
 */
export function writeFingerprint(machine: Machine): { readonly name: string; readonly hex: string } {
  const digits = String(Math.floor(machine.atMs / 1000));
  if (!/^\d{10}$/.test(digits)) throw new RangeError("the time of a fingerprint has ten digits in seconds");
  const lines = [
    line("PMA  M1", machine.mac),
    line("UUID I1", machine.uuid),
    line("HWH H1", machine.hardwareHash),
    line("MSER  S1", machine.serial),
    line("SGL  S1", machine.dongle),
    line("DATE  D1", digits),
  ];
  const content = Buffer.from(lines.join(""), "utf8");
  return {
    name: `${prefixes[machine.os]}_${digits}${extension}`,
    hex: obscure(content, digits).toString("hex").toUpperCase(),
  };
}

function line(tag: string, value: string | undefined): string {
  if (value === undefined) return "";
  if (/[<>\n]/.test(value)) throw new RangeError("a text of a fingerprint holds no angle brackets and no line ends");
  return `<${tag}="${value}"/>\n`;
}
