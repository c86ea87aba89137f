/**
 * Reads requests. The plugin escapes nothing but the password, other clients escape everything: a `+` in a username may
 * be a plus sign or a blank. So a username or a password can have several meanings, and a request holds all of them.
 */

import { passwordLengthMax } from "../../access/password.ts";
import { customerNameLengthMax } from "../../core/customer.ts";
import { isLongerThan } from "../../core/text.ts";
import { readEditionNumber } from "../../kinds/chart/edition-number.ts";
import { type Fingerprint, readFingerprint, readIdentity, type Tag } from "../../kinds/chart/fingerprint.ts";
import { isDongleName, systemNamed } from "../../kinds/chart/system-name.ts";
import { decodeUtf8 } from "../../wire/charset.ts";
import { readForm, readFormEntries } from "../../wire/form.ts";
import { FormatError } from "../../wire/format-error.ts";
import type { DialectRequest } from "../dialect.ts";
import { type ErrorName, ProtocolError } from "./errors.ts";

/** The longest requests upload a fingerprint. */
export const bodyBytesMax = 64 * 1024;

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
  /** The meanings of the password, the likelier first. */
  readonly passwords: readonly string[];
}

export interface IdentifySystemRequest extends Keyed {
  readonly task: "identifySystem";
  readonly fingerprint: Fingerprint;
}

export interface XfprRequest extends Keyed {
  readonly task: "xfpr";
  readonly systemName: string;
  readonly fingerprint: Fingerprint;
  /** The lines of the fingerprint, for a publisher's hook. */
  readonly identity: () => readonly Tag[];
}

interface GetlistRequest extends Keyed {
  readonly task: "getlist";
}

export interface AssignRequest extends Keyed {
  readonly task: "assign";
  readonly systemName: string;
  readonly order: string;
  readonly chartId: string;
  readonly quantityId: number;
}

export interface EditionRequest extends Keyed {
  readonly task: "request";
  readonly systemName: string;
  readonly slotUuid: string;
  readonly requestedFile: "base" | "update";
  /** An edition as it was listed, `2026/1-29`, or without its year. */
  readonly requestedVersion: string;
  /** The installed edition; empty for none. */
  readonly currentVersion: string;
}

export type OesuRequest =
  | LoginRequest
  | IdentifySystemRequest
  | XfprRequest
  | GetlistRequest
  | AssignRequest
  | EditionRequest;
/** `login2` is `login` with its password in another form. */
export type Task = OesuRequest["task"] | "login2";

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
  slotUuid: "wrongData",
  requestedFile: "wrongData",
  requestedVersion: "wrongData",
} as const satisfies Record<string, ErrorName>;

type Parameter = keyof typeof missing;

/** The parameters that each task needs, in the order in which they are checked. */
const needs: Record<Task, readonly Parameter[]> = {
  login2: ["username", "password"],
  login: ["username", "password"],
  identifySystem: ["username", "key", "xfprName", "xfpr"],
  xfpr: ["username", "key", "systemName", "xfprName", "xfpr"],
  getlist: ["username", "key"],
  assign: ["username", "key", "systemName", "order", "chartid", "quantityId"],
  request: ["username", "key", "assignedSystemName", "slotUuid", "requestedFile", "requestedVersion"],
};

type Fields = ReadonlyMap<string, string>;

/**
 * Reads the body of a request. Of a repeated parameter the first counts. Refused with the first of these errors, in
 * this order:
 * - `wrongData` (3) for a body that is no form in UTF-8;
 * - `taskMissing`, `taskInvalid`, `taskUnknown` (3a to 3c);
 * - a parameter that the task needs is empty or absent (3d, 3f, 3h, 3j, 3l, 3q, or 3 where there is no letter);
 * - `usernameInvalid` (3e), `passwordInvalid` (3g), `versionOld` (5) for a password that no client of today encodes so,
 *   `keyInvalid` (3i), `systemNameInvalid` (3k), the errors of {@link readFingerprint} (3m to 3p, 9:…), and `wrongData`
 *   (3) for a place or an edition that cannot exist.
 */
export function readRequest({ body }: Pick<DialectRequest, "body">): OesuRequest | ProtocolError {
  const fields = readFields(body);
  if (fields === undefined) return new ProtocolError("wrongData");
  const text = (name: string) => fields.get(name) ?? "";
  const task = readTask(text("taskId").trim());
  if (task instanceof ProtocolError) return task;
  const absent = needs[task].find((name) => text(name) === "");
  if (absent !== undefined) return new ProtocolError(missing[absent], absent);

  const sent = readSent(fields);
  if (sent instanceof ProtocolError) return sent;
  if (task === "login" || task === "login2") {
    const passwords = readPasswords(task, text("password"), body);
    return passwords instanceof ProtocolError ? passwords : { task: "login", ...sent, passwords };
  }
  const key = text("key").toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(key)) return new ProtocolError("keyInvalid");
  const keyed = { ...sent, key };
  if (task === "getlist") return { task, ...keyed };
  if (task === "identifySystem") {
    const fingerprint = readFingerprint(text("xfprName"), text("xfpr"));
    return typeof fingerprint === "string" ? new ProtocolError(fingerprint) : { task, ...keyed, fingerprint };
  }
  const systemName = text(task === "request" ? "assignedSystemName" : "systemName");
  if (systemNamed(systemName).identity === null) return new ProtocolError("systemNameInvalid");
  if (task === "xfpr") {
    // The plugin takes every system whose name begins like a dongle's for a dongle.
    if (/^sgl/i.test(systemName) && !isDongleName(systemName)) return new ProtocolError("systemNameInvalid");
    const fingerprint = readFingerprint(text("xfprName"), text("xfpr"), systemName);
    if (typeof fingerprint === "string") return new ProtocolError(fingerprint);
    const identity = () => readIdentity(text("xfprName"), text("xfpr"));
    return { task, ...keyed, systemName, fingerprint, identity };
  }
  if (task === "assign") {
    const place = readPlace(text);
    return place instanceof ProtocolError ? place : { task, ...keyed, systemName, ...place };
  }
  const edition = readEdition(text);
  return edition instanceof ProtocolError ? edition : { task, ...keyed, systemName, ...edition };
}

/** The fields of a form, the first of each name; `undefined` for a body that is none. */
function readFields(body: Uint8Array): Fields | undefined {
  const entries = readFormEntries(body);
  return entries instanceof FormatError ? undefined : new Map(entries.toReversed());
}

function readTask(text: string): Task | ProtocolError {
  if (text === "") return new ProtocolError("taskMissing");
  if (!/^[A-Za-z0-9]{1,32}$/.test(text)) return new ProtocolError("taskInvalid");
  return isTask(text) ? text : new ProtocolError("taskUnknown");
}

function isTask(text: string): text is Task {
  return Object.hasOwn(needs, text);
}

/** The username as it was decoded, and with plus signs, which a form would have escaped. */
function readSent(fields: Fields): Sent | ProtocolError {
  const username = fields.get("username")?.trim() ?? "";
  if (username === "" || isLongerThan(username, customerNameLengthMax) || /\p{Cc}/u.test(username)) {
    return new ProtocolError("usernameInvalid");
  }
  const usernames = [...new Set([username, username.replaceAll(" ", "+")])];
  return { usernames, version: readVersion(fields.get("version") ?? "") };
}

/**
 * The meanings of a password. `login2` has the bytes in hexadecimal, one client after it has escaped them. `login` has
 * the text, escaped or as it stands. Between 2022 and 2025 the plugin sent `login2` with an encoding that is not known:
 * such a plugin is obsolete.
 */
function readPasswords(task: "login" | "login2", sent: string, body: Uint8Array): readonly string[] | ProtocolError {
  const meanings = task === "login2" ? hexMeanings(sent) : [sent, rawPassword(body)];
  if (meanings === undefined) return new ProtocolError("versionOld");
  const passwords = [...new Set(meanings)].filter((text) => text !== "" && text.length <= passwordLengthMax);
  return passwords.length === 0 ? new ProtocolError("passwordInvalid") : passwords;
}

/** `undefined` for what is not the hexadecimal of a text. */
function hexMeanings(sent: string): readonly string[] | undefined {
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(sent)) return undefined;
  const bytes = Buffer.from(sent, "hex");
  const text = decodeUtf8(bytes);
  if (text === undefined) return undefined;
  const unescaped = readForm(Buffer.from(`p=${text.replaceAll("&", "%26").replaceAll("+", "%2B")}`));
  return unescaped instanceof FormatError ? [text] : [text, unescaped.get("p") ?? ""];
}

/** The password as it stands in the body. */
function rawPassword(body: Uint8Array): string {
  return /(?:^|&)password=([^&]*)/.exec(decodeUtf8(body) ?? "")?.[1] ?? "";
}

/** Orders and charts as the client's configuration file can hold them. */
const referenceShape = /^[A-Za-z0-9]{1,32}$/;

type Texts = (name: string) => string;

function readPlace(text: Texts): Pick<AssignRequest, "order" | "chartId" | "quantityId"> | ProtocolError {
  const [order, chartId, quantityId] = [text("order"), text("chartid"), text("quantityId")];
  const isRight = referenceShape.test(order) && referenceShape.test(chartId) && /^[1-9]\d{0,8}$/.test(quantityId);
  return isRight ? { order, chartId, quantityId: Number(quantityId) } : new ProtocolError("wrongData");
}

const uuidShape = /^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/;
const shortEditionShape = /^[1-9]?\d-[1-9]?\d$/;

function readEdition(text: Texts): Omit<EditionRequest, keyof Keyed | "task" | "systemName"> | ProtocolError {
  const slotUuid = text("slotUuid").toUpperCase();
  const [requestedFile, requestedVersion] = [text("requestedFile"), text("requestedVersion")];
  const currentVersion = text("currentVersion");
  const isEdition = readEditionNumber(requestedVersion) !== undefined || shortEditionShape.test(requestedVersion);
  if (!uuidShape.test(slotUuid) || !isEdition) return new ProtocolError("wrongData");
  if (requestedFile !== "base" && requestedFile !== "update") return new ProtocolError("wrongData");
  return { slotUuid, requestedFile, requestedVersion, currentVersion };
}

/** The version of a client: major, minor and patch. */
export type Version = readonly [number, number, number];

/** `N.N.N`, or with a letter for the operating system in front, `l.N.N.N`; `undefined` for anything else. */
export function readVersion(text: string): Version | undefined {
  const [, major, minor, patch] = /^(?:[A-Za-z]\.)?(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Whether a client is older than the minimum. A version that cannot be read is another client's, and counts as new. */
export function isOlder(version: Version | undefined, minimum: Version): boolean {
  if (version === undefined) return false;
  const at = version.findIndex((part, index) => part !== minimum[index]);
  return at !== -1 && (version[at] ?? 0) < (minimum[at] ?? 0);
}
