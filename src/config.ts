import { isIP } from "node:net";
import { resolve } from "node:path";
import { type Mailbox, parseMailbox } from "./core/mailbox.ts";

/** The settings of a process. Made once, at the start, and never changed. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Absent: the embedded server in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Connections to the database that the process has at once, at most. */
  readonly databaseConnections: number;
  /** Keys that seal secrets, the current one first. Absent: `dataDir/secret.key`, made at the first start. */
  readonly secretKeys: readonly Buffer[] | undefined;
  /** Absent: mail is written to `dataDir/outbox`. */
  readonly smtpUrl: string | undefined;
  /** The sender of mail, unless an organization has its own. */
  readonly mailFrom: Mailbox;
  /** The URL of the server for clients, without a slash at the end. Absent: the one that each client uses. */
  readonly publicUrl: string | undefined;
  /** Bytes that charts leave free on the disk of `dataDir`; absent: the larger of 1 GB and 5 % of it. */
  readonly diskReserveBytes: number | undefined;
  readonly trustedProxies: readonly string[];
  /** The only address of metrics. Absent: they are served to this machine, on the server's own address. */
  readonly metricsAddress: { readonly host: string; readonly port: number } | undefined;
  readonly logLevel: (typeof logLevels)[number];
}

/** With fewer, the batches of one organization would wait for each other's connections. */
const connectionsMin = 14;
/** One process cannot use more, and PostgreSQL should not have more. */
const connectionsMax = 1_000;

const portMax = 65_535;

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Settings that cannot be used; `problems` has a sentence for each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** One setting, as `counterfoil config` shows it. */
interface ConfigEntry {
  readonly name: string;
  /** Never a secret: those are shown as `(set)`. */
  readonly value: string;
  readonly source: "environment" | "file" | "default";
  readonly meaning: string;
}

interface Setting<T> {
  readonly meaning: string;
  /** Blank for a setting that may be unset. */
  readonly byDefault: string;
  readonly secret?: boolean;
  /** `undefined` for a text that cannot be used. */
  parse(text: string): T | undefined;
  /** Why a text cannot be used: the end of a sentence that begins with the name of the setting. */
  problem(text: string): string;
}

/** Settings as text, by name. */
export type SettingTexts = Readonly<Record<string, string | undefined>>;

const secretKeyShape = /^[0-9a-f]{64}$/i;
/** Options that `SMTP_URL` may have. Others could have messages printed. */
const smtpOptions = new Set(["name", "requireTLS", "ignoreTLS", "tls.rejectUnauthorized", "tls.servername"]);

const mustBe = (kind: string) => (text: string) => `is "${text}"; it must be ${kind}.`;
const noProblem = () => "";

const settings = {
  HOST: {
    meaning: "address on which the server listens",
    byDefault: "127.0.0.1",
    parse: (text: string) => text,
    problem: noProblem,
  },
  PORT: {
    meaning: "port on which the server listens; 0 for any free one",
    byDefault: "8080",
    parse: (text: string) => parseWhole(text, 0, portMax),
    problem: mustBe("a number from 0 to 65535"),
  },
  DATA_DIR: {
    meaning: "folder of the embedded database, the secret key, files and unsent mail",
    byDefault: "./data",
    parse: (text: string) => resolve(text),
    problem: noProblem,
  },
  DISK_RESERVE_MB: {
    meaning:
      "megabytes that charts leave free on the disk of DATA_DIR; unset: 1000, or 5 % of the disk if that is more",
    byDefault: "",
    parse: (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) * 1_000_000 : undefined),
    problem: mustBe("a number of megabytes, like 1000"),
  },
  DATABASE_URL: {
    meaning: "PostgreSQL 15 or newer, as postgres://user:password@host/database; unset: the embedded one in DATA_DIR",
    byDefault: "",
    secret: true,
    parse: (text: string) => (/^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined),
    problem: () => "is not an address like postgres://user:password@host:5432/database.",
  },
  DATABASE_CONNECTIONS: {
    meaning:
      "connections to the database that one process has at once, at most: 6 for jobs, half of the others for changes",
    byDefault: "22",
    parse: (text: string) => parseWhole(text, connectionsMin, connectionsMax),
    problem: mustBe(`a number from ${connectionsMin} to ${connectionsMax}`),
  },
  SECRET_KEY: {
    meaning: "key that seals secrets in the database, 64 hex digits; several, parted by commas, to change it",
    byDefault: "",
    secret: true,
    parse(text: string) {
      const keys = splitList(text);
      return keys.every((key) => secretKeyShape.test(key)) ? keys.map((key) => Buffer.from(key, "hex")) : undefined;
    },
    problem: () => "must be 64 hex digits, as `openssl rand -hex 32` prints them.",
  },
  SMTP_URL: {
    meaning: "mail server, as smtp://user:password@host:587 or smtps://...; unset: mail is written to DATA_DIR/outbox",
    byDefault: "",
    secret: true,
    parse(text: string) {
      const url = parseSmtpUrl(text);
      return url !== undefined && unknownSmtpOption(url) === undefined ? text : undefined;
    },
    problem(text: string) {
      const url = parseSmtpUrl(text);
      return url === undefined
        ? "is not an address like smtp://user:password@mail.example.com:587."
        : `has the option ${unknownSmtpOption(url)}; there are only ${[...smtpOptions].join(", ")}.`;
    },
  },
  MAIL_FROM: {
    meaning: "sender of mail, unless an organization has its own",
    byDefault: "Counterfoil <noreply@localhost>",
    parse: parseMailbox,
    problem: mustBe("like name@example.com or Name <name@example.com>"),
  },
  PUBLIC_URL: {
    meaning: "address under which clients reach the server, for links that it gives out; unset: as they address it",
    byDefault: "",
    parse(text: string) {
      const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
      const isPlain = url !== null && url.username + url.password + url.search + url.hash === "" && !/[?#]/.test(text);
      return isPlain ? url.href.replace(/\/+$/, "") : undefined;
    },
    problem: mustBe("like https://shop.example.com, with nothing after its path"),
  },
  TRUST_PROXY: {
    meaning: "addresses or networks, parted by commas, whose X-Forwarded headers are believed",
    byDefault: "",
    parse(text: string) {
      const networks = splitList(text).filter((network) => network !== "");
      return networks.every(isNetwork) ? networks : undefined;
    },
    problem: (text: string) =>
      `has "${splitList(text).find((network) => network !== "" && !isNetwork(network))}", which is neither an address nor a network like 10.0.0.0/8.`,
  },
  METRICS_ADDR: {
    meaning: "where /metrics is told, as 10.0.0.5:9464 or [::1]:9464; unset: on the server's address, to this machine",
    byDefault: "",
    parse(text: string) {
      const [, ipv6, name, port = ""] = /^(?:\[([\da-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text) ?? [];
      const host = ipv6 ?? name;
      return host !== undefined && Number(port) <= portMax ? { host, port: Number(port) } : undefined;
    },
    problem: mustBe("like 127.0.0.1:9464 or [::1]:9464"),
  },
  LOG_LEVEL: {
    meaning: `how much is logged: ${logLevels.join(", ")}`,
    byDefault: "info",
    parse: (text: string) => logLevels.find((level) => level === text),
    problem: mustBe(`one of ${logLevels.join(", ")}`),
  },
} as const satisfies Record<string, Setting<unknown>>;

/** A whole number within these limits, in no more digits than the larger one has. */
function parseWhole(text: string, min: number, max: number): number | undefined {
  const isShort = /^\d+$/.test(text) && text.length <= String(max).length;
  return isShort && Number(text) >= min && Number(text) <= max ? Number(text) : undefined;
}

function splitList(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim());
}

function parseSmtpUrl(text: string): URL | undefined {
  const url = /^smtps?:\/\//.test(text) ? URL.parse(text) : null;
  return url === null || url.hostname === "" ? undefined : url;
}

function unknownSmtpOption(url: URL): string | undefined {
  return [...url.searchParams.keys()].find((name) => !smtpOptions.has(name));
}

function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

type Name = keyof typeof settings;
type ValueOf<N extends Name> =
  | NonNullable<ReturnType<(typeof settings)[N]["parse"]>>
  | ((typeof settings)[N]["byDefault"] extends "" ? undefined : never);

/**
 * Reads the settings from their texts, mostly the environment. Throws {@link ConfigError} with a sentence for every
 * setting that cannot be used. A blank variable counts as unset. `byDefault` overrides defaults: the demo has its own.
 */
export function readConfig(environment: SettingTexts, byDefault: Partial<Record<Name, string>> = {}): Config {
  const problems: string[] = [];
  function read<N extends Name>(name: N): ValueOf<N> {
    const { parse, problem, ...setting }: Setting<unknown> = settings[name];
    const text = environment[name]?.trim() || (byDefault[name] ?? setting.byDefault);
    const value = text === "" ? undefined : parse(text);
    if (text !== "" && value === undefined) problems.push(`${name} ${problem(text)}`);
    // Nobody sees the value of a setting with a problem: this function throws then.
    return value as ValueOf<N>;
  }
  const config: Config = {
    host: read("HOST"),
    port: read("PORT"),
    dataDir: read("DATA_DIR"),
    diskReserveBytes: read("DISK_RESERVE_MB"),
    databaseUrl: read("DATABASE_URL"),
    databaseConnections: read("DATABASE_CONNECTIONS"),
    secretKeys: read("SECRET_KEY"),
    smtpUrl: read("SMTP_URL"),
    mailFrom: read("MAIL_FROM"),
    publicUrl: read("PUBLIC_URL"),
    trustedProxies: read("TRUST_PROXY") ?? [],
    metricsAddress: read("METRICS_ADDR"),
    logLevel: read("LOG_LEVEL"),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** The names of all settings. */
export const settingNames: readonly string[] = Object.keys(settings);

/** Whether a setting holds a secret. */
export function isSecretSetting(name: string): boolean {
  return Object.entries<Setting<unknown>>(settings).some(([known, { secret }]) => known === name && secret === true);
}

/**
 * Every setting with its text, usable or not, and the source of the text. `fromFile` names the settings that come from
 * a settings file.
 */
export function describeConfig(
  environment: SettingTexts,
  fromFile: ReadonlySet<string> = new Set(),
): readonly ConfigEntry[] {
  return Object.entries<Setting<unknown>>(settings).map(([name, { meaning, byDefault, secret = false }]) => {
    const given = environment[name]?.trim() ?? "";
    const text = given === "" ? byDefault : given;
    return {
      name,
      value: secret && text !== "" ? "(set)" : text,
      source: given === "" ? "default" : fromFile.has(name) ? "file" : "environment",
      meaning,
    };
  });
}
