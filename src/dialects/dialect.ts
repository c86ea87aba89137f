import type { Logger } from "pino";
import type { Authenticator } from "../access/authenticator.ts";
import type { CommandLineParts } from "../cli/tools.ts";
import type { DeliveryFormat } from "../content/delivery-format.ts";
import type { Downloads } from "../content/downloads.ts";
import type { PackageFormat } from "../content/package-format.ts";
import type { Command, Outcome } from "../core/command.ts";
import type { DeviceKind, DeviceName } from "../core/device.ts";
import type { Principal } from "../core/principal.ts";
import type { CodeFormat } from "../core/verb.ts";
import type { Administration } from "../engine/administration.ts";
import type { Envelope } from "../engine/engine.ts";
import type { Task } from "../jobs/task.ts";
import type { Mailer } from "../mail/mailer.ts";
import type { LogFeed } from "../queries/log-feed.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";
import type { SettingDescription } from "../settings.ts";
import type { SigningKeys } from "../signing/signing-keys.ts";

/** The part of a protocol that the command line has: loaded alone, so that a command starts without its requests. */
export interface CommandLine extends CommandLineParts {
  /**
   * Settings of an organization. Their names begin with the dialect's name, or with `mail` for templates of its mails.
   */
  readonly settings: readonly SettingDescription[];
}

/**
 * One wire protocol: a pure translation between its bytes and the engine's commands and queries. It holds no rule of
 * its own, and knows neither the web framework nor the database.
 */
export interface Dialect extends CommandLine {
  /** One lower-case word; the prefix of its settings and the label of its metrics. */
  readonly name: string;
  /**
   * Its paths. A request below them is answered in its words, also where it has no route. Protocols that share a path
   * are told apart by a parameter of the query, which all of them but one name: `/shop?api=2`.
   */
  readonly prefixes: readonly string[];
  /** A larger request body is not read, but answered with the fault `body_too_large`. */
  readonly bodyBytesMax: number;
  /** In the order of the specification, like its table of contents. */
  readonly routes: readonly Route[];
  /** Formats of generated codes, where they are more than digits. */
  readonly codeFormats?: readonly CodeFormat[];
  /** The kinds of devices that it names. */
  readonly deviceKinds?: readonly DeviceKind[];
  /** Its jobs, such as mails. */
  readonly tasks?: readonly Task<TaskServices>[];
  /** The formats in which its content is delivered: one for a kind of product. */
  readonly deliveryFormats?: readonly DeliveryFormat[];
  /** The formats in which its content is packed for everybody: one for a kind of product. */
  readonly packageFormats?: readonly PackageFormat[];
  /**
   * The answer to a fault outside of its handlers. `path` is the path of the request, undecoded and without the query:
   * some protocols answer differently at different paths.
   */
  fault(fault: Fault, organization: Organization | undefined, path: string, requestId: string): DialectResponse;
}

/** The services for a dialect's task. */
export interface TaskServices {
  readonly queries: Queries;
  readonly administration: Administration;
  readonly mailer: Mailer;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Logger;
}

/** Errors before, around and inside of a handler. */
export type Fault =
  /** The body is larger than the dialect takes, as sent or once unpacked. */
  | { readonly kind: "body_too_large" }
  /** The Content-Encoding is unknown. The status of the answer is always 415. */
  | { readonly kind: "coding_unknown" }
  /** The request cannot be read: a broken path, a bad length, a body that ends early. */
  | { readonly kind: "request_broken" }
  /** The path is none of the protocol's. */
  | { readonly kind: "path_unknown" }
  /** The path is known, but not with this method. */
  | { readonly kind: "method_not_defined"; readonly allowed: readonly string[] }
  /** The database is away. */
  | { readonly kind: "unavailable" }
  /** The database is overloaded, or other transactions hold the rows. The change was not made, and will not be. */
  | { readonly kind: "busy" }
  /** A bug of ours. */
  | { readonly kind: "broken" };

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /**
   * `:name` stands for one segment. Fixed segments match in any case; further slashes between and at the end do not
   * matter. A parameter of the query may follow, as in `prefixes`.
   */
  readonly path: string;
  /** The clause of the specification. */
  readonly clause: string;
  /**
   * Whether a GET changes something. A GET that changes nothing also defines HEAD: the same handler is called, and its
   * answer is sent without the body.
   */
  readonly changes?: true;
  readonly handle: Handler;
}

export type Handler = (request: DialectRequest, context: DialectContext) => Promise<DialectResponse>;

export interface DialectRequest {
  /** The id of the request, which its log line and its answer have, too. */
  readonly id: string;
  readonly method: string;
  /** Percent-decoded; a segment may hold any character, also a slash. */
  readonly params: Readonly<Record<string, string>>;
  /** The text after the question mark, undecoded. */
  readonly query: string;
  /** By lower-case name. Of a repeated header: the values joined as HTTP says, or the first. */
  header(name: string): string | undefined;
  /** Decompressed. */
  readonly body: Uint8Array;
  /** Network address of the caller. */
  readonly address: string;
  /** The time of arrival, in milliseconds since the epoch. */
  readonly atMs: number;
  /**
   * Whether perhaps nobody waits for the answer any more: another answer was sent, or the client has closed its side of
   * the connection. A client that has gone looks like one that has sent everything and still waits. So the handler
   * begins no further work, but answers the work that is done.
   */
  readonly isAbandoned: boolean;
  /** The start of absolute links to this server: `https://shop.example.com`, without a slash at the end. */
  readonly baseUrl: string;
}

/** The services for a handler and its request. */
export interface DialectContext {
  readonly organization: Organization;
  readonly queries: Queries;
  readonly authenticator: Authenticator;
  readonly downloads: Downloads;
  readonly signingKeys: SigningKeys;
  readonly logFeed: LogFeed;
  /** Every setting of an organization, with its meaning. */
  readonly organizationSettings: readonly SettingDescription[];
  /** 32 bytes that depend on the text and the purpose alone. They stay the same when secret keys are rotated. */
  keyedHash(text: string, purpose: string): Buffer;
  /**
   * Carries out a command for a principal, in the organization and from the address of the request. It is not begun
   * once the request can no longer be answered. The first answer to an idempotency key is repeated; the key must
   * satisfy `isIdempotencyKey`. Resolves and rejects as `Engine.execute` does.
   */
  execute<C extends Command>(
    principal: Principal,
    command: C,
    idempotencyKey?: string | undefined,
    precondition?: Envelope["precondition"],
  ): Promise<Outcome<C["verb"]>>;
  /** Names a device of a kind that any of the protocols has, or of another kind. */
  nameDevice(kind: string, name: string): DeviceName;
  /** Looks up a code that a principal presents, from the address of the request: see `CodeGuesses.present`. */
  present<T>(
    principal: Principal,
    code: string,
    look: () => Promise<T>,
    isUnknown: (found: T) => boolean,
  ): Promise<T | "throttled">;
}

export interface DialectResponse {
  readonly status: number;
  /** Ids for the log of requests, such as a delivery's: never a code, a name or a secret. */
  readonly about?: Readonly<Record<string, number | null>>;
  /** By lower-case name, without the length of the body. The server sends it for every body but a long stream. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Text is sent as UTF-8. A stream or a source of bytes is read as fast as the client takes it. With the status 200 a
   * source can be sent in part, or not at all if the client has it already. The headers `etag` and `last-modified`
   * decide that, so content that may change twice within a second needs an `etag`.
   */
  readonly body: string | Uint8Array | AsyncIterable<string> | ByteSource;
  /**
   * Whether the body is compressed for clients that accept it: never (`false`), if it is large enough to save something
   * (`true`), or always (`any_size`). `unasked` compresses it for every client. A source of bytes is never compressed.
   */
  readonly compressible: boolean | "any_size" | "unasked";
  /** Sends each piece of a stream as soon as it is made, uncompressed. Otherwise the beginning of a stream is made first. */
  readonly isLive?: true;
  /** The refusal, for the log: most of these protocols answer with the status 200 in any case. */
  readonly refusal?: RefusalNote;
  /**
   * Names of parameters that had a value and were ignored: for the log, and for the caller in the header
   * `X-Counterfoil-Ignored`. Old clients may go on sending them; the author of a new client sees the mistake.
   */
  readonly ignored?: readonly string[];
  /** Sends the body without its length, for clients that take any body with a length for a file. Not for a source. */
  readonly hidesLength?: boolean;
}

/** A refusal for the log. It never holds a value that was sent. */
export interface RefusalNote {
  /** The protocol's own error: its number, name or words. */
  readonly error: string;
  /**
   * The part of the request that is to blame, if the error does not tell it: names of parameters or elements. The
   * header `X-Counterfoil-Reason` tells the caller, too, so it must not reveal anything that the caller may not know.
   */
  readonly reason?: string | undefined;
}

/** The answer to a fault, with the header `allow` if the fault is an undefined method. */
export function withAllow(response: DialectResponse, fault: Fault): DialectResponse {
  if (fault.kind !== "method_not_defined") return response;
  return { ...response, headers: { ...response.headers, allow: fault.allowed.join(", ") } };
}

/** A request that ends in one of a protocol's errors. Handlers return it as a value; it is not thrown. */
export class DialectError<Name extends string> {
  /** The dialect's name for the error. */
  readonly name: Name;
  /** The part of the request that is to blame: names of parameters, elements or headers, never values. */
  readonly reason: string | undefined;
  /** Text that the words of this error end in. The log is not told it. */
  readonly detail: string;

  constructor(name: Name, reason?: string, detail = "") {
    this.name = name;
    this.reason = reason;
    this.detail = detail;
  }
}

/** Content of known length, such as an open file. It may be larger than memory. */
export interface ByteSource {
  /** Its length, which is sent to the client. If more or fewer bytes come, the answer is broken off. */
  readonly bytes: number;
  /**
   * The bytes from `start` up to, but not including, `end`. Called at most once, and never for an empty range. Each
   * piece may lie in the given buffer: the server is done with a piece before it asks for the next one.
   */
  read(range: { readonly start: number; readonly end: number }, buffer?: Uint8Array): AsyncIterable<Uint8Array>;
  /** Called once, after the answer was sent or broken off, or is not to be sent: even while a read is under way. */
  close(): Promise<void>;
}
