/**
 * Reads requests. Clients send a form in which they escape nothing but the password, and old ones not even that: `@`
 * stands bare, and a `+` is a plus sign, though in a form it means a blank. So a username or a password may be meant in
 * several ways, and all of them are given.
 */

import { passwordLengthMax } from "../../access/password.ts";
import { customerNameLengthMax } from "../../core/customer.ts";
import { isLongerThan } from "../../core/text.ts";
import { readFormEntries } from "../../wire/form.ts";
import { FormatError } from "../../wire/format-error.ts";
import type { DialectRequest } from "../dialect.ts";
import { type ErrorName, ProtocolError } from "./errors.ts";
import { type Fingerprint, readFingerprint } from "./fingerprint.ts";
import { systemNamed } from "./system-name.ts";

/** The longest requests upload a fingerprint. */
export const bodyBytesMax = 64 * 1024;

/** Which quantity of which order, and which of its slots. */
export interface SlotName {
  readonly order: string;
  readonly chartId: string;
  readonly quantityId: number;
  readonly slot: number;
}

interface Sent {
  /** What the username may mean, one or two texts, the likelier first. */
  readonly usernames: readonly string[];
  /** `undefined` when none was sent, or something else. */
  readonly version: Version | undefined;
}

interface Keyed extends Sent {
  /** 32 lower-case hexadecimal digits. */
  readonly key: string;
}

export interface LoginRequest extends Sent {
  readonly task: "login";
  /** What the password may mean, one to three texts, the likelier first. */
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

/** To assign a slot to a system, or to request the chart for the system that has it. */
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

/** Every parameter with the result of a task that needs it and does not get it. */
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

/** What each task needs, in the order in which it is asked for. */
const needs: Record<Task, readonly Parameter[]> = {
  login: ["username", "password"],
  getlist: ["username", "key"],
  xfpr: ["username", "key", "systemName", "xfprName", "xfpr"],
  assign: ["username", "key", "systemName", "chartid", "order", "quantityId", "slot"],
  request: ["username", "key", "assignedSystemName", "chartid", "order", "quantityId", "slot"],
  identifySystem: ["username", "key", "xfprName", "xfpr"],
};

/** Where the shop keeps this API: what else is asked for there is not ours. */
const place = { fc: "module", module: "occharts", controller: "api" } as const;

/**
 * Reads a request, whatever its method. The three parameters that say which API is meant are looked for in the query,
 * then in the body; everything else is in the body. Of a parameter that comes several times the first counts.
 *
 * The first that is wrong, in this order, is the failure:
 * - `notSupported` (9:615) for another API;
 * - `taskMissing`, `taskInvalid`, `taskUnknown` (3a to 3c);
 * - what the task needs and is empty or not there (3d, 3f, 3h, 3j, 3l, 3q, or 3 where there is no letter);
 * - `usernameInvalid` (3e), `passwordInvalid` (3g), `keyInvalid` (3i), `systemNameInvalid` (3k), whatever
 *   {@link readFingerprint} refuses (3m to 3p, 9:…), and `wrongData` (3) for a chart that cannot be one.
 */
export function readRequest({ query, body }: Pick<DialectRequest, "query" | "body">): OchartsRequest | ProtocolError {
  const fields = readFields(body);
  const inQuery = readFields(Buffer.from(query, "utf8"));
  for (const [name, value] of Object.entries(place)) {
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
    return fingerprint instanceof ProtocolError ? fingerprint : { task, ...keyed, fingerprint };
  }
  const systemName = textOf(fields, task === "request" ? "assignedSystemName" : "systemName");
  if (systemNamed(systemName).identity === null) return new ProtocolError("systemNameInvalid");
  if (task === "xfpr") {
    const fingerprint = readFingerprint(textOf(fields, "xfprName"), textOf(fields, "xfpr"), systemName);
    return fingerprint instanceof ProtocolError ? fingerprint : { task, ...keyed, systemName, fingerprint };
  }
  const slotName = readSlotName(fields);
  return slotName instanceof ProtocolError ? slotName : { task, ...keyed, systemName, slotName };
}

/** What was sent for each name, undecoded, a character a byte: up to where the next known parameter begins. */
type Fields = ReadonlyMap<string, string>;

/** A known name starts a field wherever it stands after a `&`, so that any other `&` may belong to a password. */
const fieldStart = new RegExp(
  `&(?=(?:${[...Object.keys(missing), ...Object.keys(place), "debug", "version"].join("|")})=)`,
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

/** The value of a form's field, which ends at a `&`; `undefined` when its bytes are no UTF-8 or hold a NUL. */
function decode(sent: string): string | undefined {
  const [value = ""] = sent.split("&", 1);
  const entries = readFormEntries(Buffer.from(`=${value}`, "latin1"));
  return entries instanceof FormatError ? undefined : entries[0]?.[1];
}

/** The text of a parameter; of one whose bytes are no text, those bytes, which have the form of nothing we know. */
function textOf(fields: Fields, name: string): string {
  const sent = fields.get(name) ?? "";
  return decode(sent) ?? sent;
}

/** A password may begin with a `&`; any other value ends there. */
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

/** As it was decoded, and with plus signs, which a form would have escaped. */
function readSent(fields: Fields): Sent | ProtocolError {
  const username = decode(fields.get("username") ?? "") ?? "";
  if (username.trim() === "" || isLongerThan(username, customerNameLengthMax) || /\p{Cc}/u.test(username)) {
    return new ProtocolError("usernameInvalid");
  }
  const usernames = [...new Set([username, username.replaceAll(" ", "+")])];
  return { usernames, version: readVersion(textOf(fields, "version")) };
}

/** The longest password, each of its characters of three escaped bytes. */
const sentPasswordLengthMax = 9 * passwordLengthMax;

/**
 * As a form says, as it stands, and as it stands with every `&` up to the next known parameter. A password that is
 * longer than any can be is none, and is not looked at.
 */
function readPasswords(fields: Fields): readonly string[] | ProtocolError {
  const sent = fields.get("password") ?? "";
  if (sent.length > sentPasswordLengthMax) return new ProtocolError("passwordInvalid");
  const [value = ""] = sent.split("&", 1);
  // With these signs escaped, what stands there decodes to itself.
  const asItStands = (text: string) => decode(text.replace(/[%+&]/g, encodeURIComponent));
  const passwords = new Set<string>();
  for (const password of [decode(sent), asItStands(value), asItStands(sent)]) {
    if (password !== undefined && password !== "" && password.length <= passwordLengthMax) passwords.add(password);
  }
  return passwords.size === 0 ? new ProtocolError("passwordInvalid") : [...passwords];
}

/** Orders and charts, as the configuration file of the client can hold them. */
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

/** Of a client: major, minor and patch. */
export type Version = readonly [number, number, number];

/** `N.N.N`, or with a letter for the operating system in front, `l.N.N.N`; `undefined` for anything else. */
export function readVersion(text: string): Version | undefined {
  const [, major, minor, patch] = /^(?:[A-Za-z]\.)?(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Whether a client is older than the oldest that is served. One that does not say its version is older than any. */
export function isOlder(version: Version | undefined, minimum: Version): boolean {
  if (version === undefined) return true;
  const at = version.findIndex((part, index) => part !== minimum[index]);
  return at !== -1 && (version[at] ?? 0) < (minimum[at] ?? 0);
}
