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
  /** Where clients reach the server, without a slash at the end. Absent: as each request was addressed. */
  readonly publicUrl: string | undefined;
  /** What charts leave free on the disk of `dataDir`; absent: the larger of 1 GB and 5 % of it. */
  readonly diskReserveBytes: number | undefined;
  readonly trustedProxies: readonly string[];
  /** Where metrics are told, and nowhere else. Absent: to this machine, on the server's own address. */
  readonly metricsAddress: { readonly host: string; readonly port: number } | undefined;
  readonly logLevel: (typeof logLevels)[number];
}

/** With fewer, the batches of one organization would wait for each other's connections. */
const connectionsMin = 14;
/** More than one process can make use of, and than PostgreSQL should have. */
const connectionsMax = 1_000;

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
export interface ConfigEntry {
  readonly name: string;
  /** Never a secret: those are shown as `(set)`. */
  readonly value: string;
  readonly source: "environment" | "file" | "default";
  readonly meaning: string;
}

interface Setting<T> {
  readonly meaning: string;
  readonly byDefault: string;
  readonly secret?: boolean;
  /** The value, or the sentence that says what is wrong with the text. */
  read(text: string): { readonly value: T } | { readonly problem: string };
}

/** Settings as text, by name. */
export type SettingTexts = Readonly<Record<string, string | undefined>>;

const secretKeyShape = /^[0-9a-f]{64}$/i;
/** What may follow the question mark in `SMTP_URL`; others could have messages printed. */
const smtpOptions = new Set(["name", "requireTLS", "ignoreTLS", "tls.rejectUnauthorized", "tls.servername"]);

const settings = {
  HOST: {
    meaning: "address on which the server listens",
    byDefault: "127.0.0.1",
    read: (text: string) => ({ value: text }),
  },
  PORT: {
    meaning: "port on which the server listens; 0 for any free one",
    byDefault: "8080",
    read(text: string) {
      const port = Number(text);
      return /^\d{1,5}$/.test(text) && port <= 65_535
        ? { value: port }
        : { problem: `PORT is "${text}"; it must be a number from 0 to 65535.` };
    },
  },
  DATA_DIR: {
    meaning: "folder of the embedded database, the secret key, files and unsent mail",
    byDefault: "./data",
    read: (text: string) => ({ value: resolve(text) }),
  },
  DISK_RESERVE_MB: {
    meaning:
      "megabytes that charts leave free on the disk of DATA_DIR; unset: 1000, or 5 % of the disk if that is more",
    byDefault: "",
    read(text: string) {
      if (text === "") return { value: undefined };
      return /^\d{1,9}$/.test(text)
        ? { value: Number(text) * 1_000_000 }
        : { problem: `DISK_RESERVE_MB is "${text}"; it must be a number of megabytes, like 1000.` };
    },
  },
  DATABASE_URL: {
    meaning: "PostgreSQL 15 or newer, as postgres://user:password@host/database; unset: the embedded one in DATA_DIR",
    byDefault: "",
    secret: true,
    read(text: string) {
      if (text === "") return { value: undefined };
      return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text)
        ? { value: text }
        : { problem: "DATABASE_URL is not an address like postgres://user:password@host:5432/database." };
    },
  },
  DATABASE_CONNECTIONS: {
    meaning:
      "connections to the database that one process has at once, at most: 6 for jobs, half of the others for changes",
    byDefault: "22",
    read(text: string) {
      const value = Number(text);
      return /^\d{1,4}$/.test(text) && value >= connectionsMin && value <= connectionsMax
        ? { value }
        : {
            problem: `DATABASE_CONNECTIONS is "${text}"; it must be a number from ${connectionsMin} to ${connectionsMax}.`,
          };
    },
  },
  SECRET_KEY: {
    meaning: "key that seals secrets in the database, 64 hex digits; several, parted by commas, to change it",
    byDefault: "",
    secret: true,
    read(text: string) {
      if (text === "") return { value: undefined };
      const keys = text.split(",").map((key) => key.trim());
      return keys.every((key) => secretKeyShape.test(key))
        ? { value: keys.map((key) => Buffer.from(key, "hex")) }
        : { problem: "SECRET_KEY must be 64 hex digits, as `openssl rand -hex 32` prints them." };
    },
  },
  SMTP_URL: {
    meaning: "mail server, as smtp://user:password@host:587 or smtps://...; unset: mail is written to DATA_DIR/outbox",
    byDefault: "",
    secret: true,
    read(text: string) {
      if (text === "") return { value: undefined };
      const url = /^smtps?:\/\//.test(text) ? URL.parse(text) : null;
      if (url === null || url.hostname === "") {
        return { problem: "SMTP_URL is not an address like smtp://user:password@mail.example.com:587." };
      }
      const unknown = [...url.searchParams.keys()].find((name) => !smtpOptions.has(name));
      return unknown === undefined
        ? { value: text }
        : { problem: `SMTP_URL has the option ${unknown}; there are only ${[...smtpOptions].join(", ")}.` };
    },
  },
  MAIL_FROM: {
    meaning: "sender of mail, unless an organization has its own",
    byDefault: "Counterfoil <noreply@localhost>",
    read(text: string) {
      const value = parseMailbox(text);
      return value === undefined
        ? { problem: `MAIL_FROM is "${text}"; it must be like name@example.com or Name <name@example.com>.` }
        : { value };
    },
  },
  PUBLIC_URL: {
    meaning: "address under which clients reach the server, for links that it gives out; unset: as they address it",
    byDefault: "",
    read(text: string) {
      if (text === "") return { value: undefined };
      const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
      const isPlain = url !== null && url.username + url.password + url.search + url.hash === "" && !/[?#]/.test(text);
      return isPlain
        ? { value: url.href.replace(/\/+$/, "") }
        : {
            problem: `PUBLIC_URL is "${text}"; it must be like https://shop.example.com, with nothing after its path.`,
          };
    },
  },
  TRUST_PROXY: {
    meaning: "addresses or networks, parted by commas, whose X-Forwarded headers are believed",
    byDefault: "",
    read(text: string) {
      const networks = text
        .split(",")
        .map((network) => network.trim())
        .filter((network) => network !== "");
      const wrong = networks.find((network) => !isNetwork(network));
      return wrong === undefined
        ? { value: networks }
        : { problem: `TRUST_PROXY has "${wrong}", which is neither an address nor a network like 10.0.0.0/8.` };
    },
  },
  METRICS_ADDR: {
    meaning: "where /metrics is told, as 10.0.0.5:9464 or [::1]:9464; unset: on the server's address, to this machine",
    byDefault: "",
    read(text: string) {
      if (text === "") return { value: undefined };
      const [, ipv6, name, port] = /^(?:\[([\da-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text) ?? [];
      const host = ipv6 ?? name;
      return host !== undefined && Number(port) <= 65_535
        ? { value: { host, port: Number(port) } }
        : { problem: `METRICS_ADDR is "${text}"; it must be like 127.0.0.1:9464 or [::1]:9464.` };
    },
  },
  LOG_LEVEL: {
    meaning: `how much is logged: ${logLevels.join(", ")}`,
    byDefault: "info",
    read(text: string) {
      const value = logLevels.find((level) => level === text);
      return value === undefined
        ? { problem: `LOG_LEVEL is "${text}"; it must be one of ${logLevels.join(", ")}.` }
        : { value };
    },
  },
} as const satisfies Record<string, Setting<unknown>>;

function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

type Name = keyof typeof settings;
type ValueOf<N extends Name> = Extract<ReturnType<(typeof settings)[N]["read"]>, { value: unknown }>["value"];

/**
 * Reads the settings from their texts, mostly the environment. Throws {@link ConfigError} with a sentence for every
 * setting that cannot be used. A blank variable counts as unset. `byDefault` overrides defaults: the demo has its own.
 */
export function readConfig(environment: SettingTexts, byDefault: Partial<Record<Name, string>> = {}): Config {
  const problems: string[] = [];
  function read<N extends Name>(name: N): ValueOf<N> {
    const setting = settings[name];
    const result = setting.read(environment[name]?.trim() || (byDefault[name] ?? setting.byDefault));
    if ("problem" in result) problems.push(result.problem);
    // Not looked at when there is a problem: the list of problems is thrown then.
    return ("value" in result ? result.value : undefined) as ValueOf<N>;
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
    trustedProxies: read("TRUST_PROXY"),
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
 * Every setting with its text and where that comes from: `fromFile` has the names of those that a settings file gave.
 * Shows also what cannot be used.
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
