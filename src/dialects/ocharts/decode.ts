/**
 * Reads requests. Clients send a form in which they escape only the password, and old clients not even that: `@` stands
 * bare, and a `+` is a plus sign, though in a form it means a blank. So a username or a password can have several
 * meanings, and a request holds all of them.
 */

import { passwordLengthMax } from "../../access/password.ts";
import { customerNameLengthMax } from "../../core/customer.ts";
import { isLongerThan } from "../../core/text.ts";
import { type Fingerprint, readFingerprint } from "../../kinds/chart/fingerprint.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import { readFormEntries } from "../../wire/form.ts";
import { FormatError } from "../../wire/format-error.ts";
import type { DialectRequest } from "../dialect.ts";
import { type ErrorName, ProtocolError } from "./errors.ts";

/** The longest requests upload a fingerprint. */
export const bodyBytesMax = 64 * 1024;

/** Names a slot of one unit of an order. */
export interface SlotName {
  readonly order: string;
  readonly chartId: string;
  readonly quantityId: number;
  readonly slot: number;
}

interface Sent {
  /** The meanings of the username: one or two texts, the likelier first. */
  readonly usernames: readonly string[];
  /** `undefined` when it is absent or unreadable. */
  readonly version: Version | undefined;
}

interface Keyed extends Sent {
  /** 32 lower-case hexadecimal digits. */
  readonly key: string;
}

export interface LoginRequest extends Sent {
  readonly task: "login";
  /** The meanings of the password: one to three texts, the likelier first. */
  readonly passwords: readonly string[];
}

interface GetlistRequest extends Keyed {
  readonly task: "getlist";
}

export interface XfprRequest extends Keyed {
  readonly task: "xfpr";
  readonly systemName: string;
  readonly fingerprint: Fingerprint;
}

/** Assigns a slot to a system, or requests the chart for the system in the slot. */
export interface SlotRequest extends Keyed {
  readonly task: "assign" | "request";
  readonly systemName: string;
  readonly slotName: SlotName;
}

export interface IdentifySystemRequest extends Keyed {
  readonly task: "identifySystem";
  readonly fingerprint: Fingerprint;
}

export type OchartsRequest = LoginRequest | GetlistRequest | XfprRequest | SlotRequest | IdentifySystemRequest;
export type Task = OchartsRequest["task"];

/** Every parameter with the error of a task that needs it and does not get it. */
const missing = {
  taskId: "taskMissing",
  username: "usernameMissing",
  password: "passwordMissing",
  key: "keyMissing",
  systemName: "systemNameMissing",
  assignedSystemName: "systemNameMissing",
  xfprName: "fingerprintNameMissing",
  xfpr: "fingerprintMissing",
  chartid: "wrongData",
  order: "wrongData",
  quantityId: "wrongData",
  slot: "wrongData",
} as const satisfies Record<string, ErrorName>;

type Parameter = keyof typeof missing;

/** The parameters that each task needs, in the order in which they are checked. */
const needs: Record<Task, readonly Parameter[]> = {
  login: ["username", "password"],
  getlist: ["username", "key"],
  xfpr: ["username", "key", "systemName", "xfprName", "xfpr"],
  assign: ["username", "key", "systemName", "chartid", "order", "quantityId", "slot"],
  request: ["username", "key", "assignedSystemName", "chartid", "order", "quantityId", "slot"],
  identifySystem: ["username", "key", "xfprName", "xfpr"],
};

/** The parameters that name this API of the shop. Other APIs of the shop are not served. */
const apiName = { fc: "module", module: "occharts", controller: "api" } as const;

/**
 * Reads a request, whatever its method. The three parameters that name the API are looked for in the query, then in the
 * body; all others are in the body. Of a repeated parameter the first counts.
 *
 * Refused with the first of these errors, in this order:
 * - `notSupported` (9:615) for another API;
 * - `taskMissing`, `taskInvalid`, `taskUnknown` (3a to 3c);
 * - a parameter that the task needs is empty or absent (3d, 3f, 3h, 3j, 3l, 3q, or 3 where there is no letter);
 * - `usernameInvalid` (3e), `passwordInvalid` (3g), `keyInvalid` (3i), `systemNameInvalid` (3k), the
 *   errors of {@link readFingerprint} (3m to 3p, 9:…), and `wrongData` (3) for a slot that cannot exist.
 */
export function readRequest({ query, body }: Pick<DialectRequest, "query" | "body">): OchartsRequest | ProtocolError {
  const fields = readFields(body);
  const inQuery = readFields(Buffer.from(query, "utf8"));
  for (const [name, value] of Object.entries(apiName)) {
    if (textOf(inQuery.has(name) ? inQuery : fields, name) !== value) return new ProtocolError("notSupported");
  }
  const task = readTask(fields);
  if (task instanceof ProtocolError) return task;
  const absent = needs[task].find((name) => !isSent(fields, name));
  if (absent !== undefined) return new ProtocolError(missing[absent]);

  const sent = readSent(fields);
  if (sent instanceof ProtocolError) return sent;
  if (task === "login") {
    const passwords = readPasswords(fields);
    return passwords instanceof ProtocolError ? passwords : { task, ...sent, passwords };
  }
  const key = textOf(fields, "key").toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(key)) return new ProtocolError("keyInvalid");
  const keyed = { ...sent, key };
  if (task === "getlist") return { task, ...keyed };
  if (task === "identifySystem") {
    const fingerprint = readFingerprint(textOf(fields, "xfprName"), textOf(fields, "xfpr"));
    return typeof fingerprint === "string" ? new ProtocolError(fingerprint) : { task, ...keyed, fingerprint };
  }
  const systemName = textOf(fields, task === "request" ? "assignedSystemName" : "systemName");
  if (systemNamed(systemName).identity === null) return new ProtocolError("systemNameInvalid");
  if (task === "xfpr") {
    const fingerprint = readFingerprint(textOf(fields, "xfprName"), textOf(fields, "xfpr"), systemName);
    return typeof fingerprint === "string"
      ? new ProtocolError(fingerprint)
      : { task, ...keyed, systemName, fingerprint };
  }
  const slotName = readSlotName(fields);
  return slotName instanceof ProtocolError ? slotName : { task, ...keyed, systemName, slotName };
}

/** The undecoded value of each name, one character a byte. A value ends where the next known parameter begins. */
type Fields = ReadonlyMap<string, string>;

/** A field starts with a known name after a `&`. Any other `&` may belong to a password. */
const fieldStart = new RegExp(
  `&(?=(?:${[...Object.keys(missing), ...Object.keys(apiName), "debug", "version"].join("|")})=)`,
);

function readFields(bytes: Uint8Array): Fields {
  const fields = new Map<string, string>();
  for (const field of Buffer.from(bytes).toString("latin1").split(fieldStart)) {
    const equals = field.indexOf("=");
    const name = field.slice(0, equals);
    if (equals > 0 && !fields.has(name)) fields.set(name, field.slice(equals + 1));
  }
  return fields;
}

/** The value of a form's field, which ends at a `&`; `undefined` when its bytes are not UTF-8 or hold a NUL. */
function decode(sent: string): string | undefined {
  const [value = ""] = sent.split("&", 1);
  const entries = readFormEntries(Buffer.from(`=${value}`, "latin1"));
  return entries instanceof FormatError ? undefined : entries[0]?.[1];
}

/** The text of a parameter. If its bytes are no text: the undecoded value, which no check accepts. */
function textOf(fields: Fields, name: string): string {
  const sent = fields.get(name) ?? "";
  return decode(sent) ?? sent;
}

/** A password may begin with a `&`; every other value ends at a `&`. */
function isSent(fields: Fields, name: Parameter): boolean {
  return name === "password" ? (fields.get(name) ?? "") !== "" : textOf(fields, name) !== "";
}

function readTask(fields: Fields): Task | ProtocolError {
  const text = textOf(fields, "taskId");
  if (text === "") return new ProtocolError("taskMissing");
  if (!/^[A-Za-z]{1,32}$/.test(text)) return new ProtocolError("taskInvalid");
  return isTask(text) ? text : new ProtocolError("taskUnknown");
}

function isTask(text: string): text is Task {
  return Object.hasOwn(needs, text);
}

/** The username as it was decoded, and with plus signs, which a form would have escaped. */
function readSent(fields: Fields): Sent | ProtocolError {
  const username = decode(fields.get("username") ?? "") ?? "";
  if (username.trim() === "" || isLongerThan(username, customerNameLengthMax) || /\p{Cc}/u.test(username)) {
    return new ProtocolError("usernameInvalid");
  }
  const usernames = [...new Set([username, username.replaceAll(" ", "+")])];
  return { usernames, version: readVersion(textOf(fields, "version")) };
}

/** The longest undecoded password: each character has up to three escaped bytes. */
const sentPasswordLengthMax = 9 * passwordLengthMax;

/**
 * The password decoded as a form, as it stands, and as it stands with every `&` up to the next known parameter. One
 * that is too long is refused unread.
 */
function readPasswords(fields: Fields): readonly string[] | ProtocolError {
  const sent = fields.get("password") ?? "";
  if (sent.length > sentPasswordLengthMax) return new ProtocolError("passwordInvalid");
  const [value = ""] = sent.split("&", 1);
  // With these signs escaped, the text decodes to itself.
  const asItStands = (text: string) => decode(text.replace(/[%+&]/g, encodeURIComponent));
  const passwords = new Set<string>();
  for (const password of [decode(sent), asItStands(value), asItStands(sent)]) {
    if (password !== undefined && password !== "" && password.length <= passwordLengthMax) passwords.add(password);
  }
  return passwords.size === 0 ? new ProtocolError("passwordInvalid") : [...passwords];
}

/** Orders and charts as the client's configuration file can hold them. */
const referenceShape = /^[A-Za-z0-9]{1,32}$/;

function readSlotName(fields: Fields): SlotName | ProtocolError {
  const [order, chartId] = [textOf(fields, "order"), textOf(fields, "chartid")];
  const [quantityId, slot] = [textOf(fields, "quantityId"), textOf(fields, "slot")];
  const isRight =
    referenceShape.test(order) &&
    referenceShape.test(chartId) &&
    /^[1-9]\d{0,8}$/.test(quantityId) &&
    /^\d$/.test(slot);
  return isRight
    ? { order, chartId, quantityId: Number(quantityId), slot: Number(slot) }
    : new ProtocolError("wrongData");
}

/** The version of a client: major, minor and patch. */
export type Version = readonly [number, number, number];

/** `N.N.N`, or with a letter for the operating system in front, `l.N.N.N`; `undefined` for anything else. */
export function readVersion(text: string): Version | undefined {
  const [, major, minor, patch] = /^(?:[A-Za-z]\.)?(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Whether a client is older than the minimum. A client without a version counts as older. */
export function isOlder(version: Version | undefined, minimum: Version): boolean {
  if (version === undefined) return true;
  const at = version.findIndex((part, index) => part !== minimum[index]);
  return at !== -1 && (version[at] ?? 0) < (minimum[at] ?? 0);
}
