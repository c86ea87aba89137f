import type { Logger } from "pino";
import type { Authenticator } from "../access/authenticator.ts";
import type { CommandLineParts } from "../cli/tools.ts";
import type { DeliveryFormat } from "../content/delivery-format.ts";
import type { Downloads } from "../content/downloads.ts";
import type { Command, Outcome } from "../core/command.ts";
import type { Principal } from "../core/principal.ts";
import type { CodeFormat } from "../core/verb.ts";
import type { Administration } from "../engine/administration.ts";
import type { Task } from "../jobs/task.ts";
import type { Mailer } from "../mail/mailer.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";
import type { SettingDescription } from "../settings.ts";
import type { SigningKeys } from "../signing/signing-keys.ts";

/**
 * One wire protocol: a pure translation between its bytes and the engine's commands and queries. It holds no rule of
 * its own, and knows neither the web framework nor the database.
 */
export interface Dialect extends CommandLineParts {
  /** One lower-case word; the prefix of its settings and the label of its metrics. */
  readonly name: string;
  /** Its paths. A request below them is answered in its words, also where it has no route. */
  readonly prefixes: readonly string[];
  /** A larger request body is not read, but answered with the fault `body_too_large`. */
  readonly bodyBytesMax: number;
  /** Reads like the table of contents of the specification. */
  readonly routes: readonly Route[];
  /** What an organization may choose: names begin with the dialect's, or with `mail` for templates of its mails. */
  readonly settings: readonly SettingDescription[];
  /** Formats of the codes that it has drawn, where they are more than digits. */
  readonly codeFormats?: readonly CodeFormat[];
  /** Its jobs, such as mails. */
  readonly tasks?: readonly Task<TaskServices>[];
  /** How its content is delivered: one format for a kind of product. */
  readonly deliveryFormats?: readonly DeliveryFormat[];
  /**
   * Words a fault outside of its handlers. `path` is the path of the request, undecoded and without the query, for
   * protocols that speak differently at different paths.
   */
  fault(fault: Fault, organization: Organization | undefined, path: string): DialectResponse;
}

/** What a dialect's task may use. */
export interface TaskServices {
  readonly queries: Queries;
  readonly administration: Administration;
  readonly mailer: Mailer;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Logger;
}

/** What can go wrong before, around and inside of a handler. */
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
  /** We broke: a bug. */
  | { readonly kind: "broken" };

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /**
   * `:name` stands for one segment. Fixed segments match in any case; further slashes between and at the end do not
   * matter.
   */
  readonly path: string;
  /** Where the specification says so. */
  readonly clause: string;
  /**
   * Whether a GET changes something. Where it does not, HEAD is defined beside it: the handler is called for it, too,
   * and what it answers is sent without the body.
   */
  readonly changes?: true;
  readonly handle: Handler;
}

export type Handler = (request: DialectRequest, context: DialectContext) => Promise<DialectResponse>;

export interface DialectRequest {
  readonly method: string;
  /** Percent-decoded; a segment may hold any character, also a slash. */
  readonly params: Readonly<Record<string, string>>;
  /** What follows the question mark, undecoded. */
  readonly query: string;
  /** By lower-case name. A header that came several times is joined as HTTP says, or the first. */
  header(name: string): string | undefined;
  /** Unpacked. */
  readonly body: Uint8Array;
  /** Network address of the caller. */
  readonly address: string;
  /** When it came, in milliseconds since the epoch. */
  readonly atMs: number;
  /**
   * Whether nobody may wait for the answer any more: it was given in our place, or the client has closed its side of
   * the connection. A client that has gone cannot be told from one that has sent all and still waits, so what is done
   * already is to be answered.
   */
  readonly isAbandoned: boolean;
  /** What absolute links to this server begin with: `https://shop.example.com`, without a slash at the end. */
  readonly baseUrl: string;
}

/** What a handler may use for one request. */
export interface DialectContext {
  readonly organization: Organization;
  readonly queries: Queries;
  readonly authenticator: Authenticator;
  readonly downloads: Downloads;
  readonly signingKeys: SigningKeys;
  /**
   * Carries out a command for a principal, in the organization and from the address of the request. It is not begun
   * when the request can be answered no more. The first answer to an idempotency key, as `isIdempotencyKey` allows it,
   * is repeated. Resolves and rejects as `Engine.execute` does.
   */
  execute<C extends Command>(
    principal: Principal,
    command: C,
    idempotencyKey?: string | undefined,
  ): Promise<Outcome<C["verb"]>>;
  /** Looks for a code that a principal presents, from the address of the request: see `CodeGuesses.present`. */
  present<T>(
    principal: Principal,
    code: string,
    look: () => Promise<T>,
    isUnknown: (found: T) => boolean,
  ): Promise<T | "throttled">;
}

export interface DialectResponse {
  readonly status: number;
  /** Numbers of what it is about, for the log of requests: never a code, a name or a secret. */
  readonly about?: Readonly<Record<string, number | null>>;
  /** By lower-case name. The length of the body is not among them: it is told for every body but a long stream. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Text is sent as UTF-8. A stream is read as fast as the client takes it, and so is a source of bytes. With the
   * status 200 a source is sent as the client wants it: in part, or not at all if the client has it already, which is
   * judged by the headers `etag` and `last-modified`, so content that may change twice within a second needs an `etag`.
   */
  readonly body: string | Uint8Array | AsyncIterable<string> | ByteSource;
  /**
   * Whether the body may be packed when the client takes that: never (`false`), if it is large enough to save something
   * (`true`), or always (`any_size`). `unasked` packs it whatever the client takes. A source of bytes is never packed.
   */
  readonly compressible: boolean | "any_size" | "unasked";
  /** Why the request was refused, if it was: for the log, since most of these protocols say 200 whatever happens. */
  readonly refusal?: RefusalNote;
  /**
   * Names of parameters that had a value and meant nothing here: for the log, and for the caller in the header
   * `X-Counterfoil-Ignored`. Old clients may go on sending them; who writes a new one sees the mistake.
   */
  readonly ignored?: readonly string[];
  /** Sends a body that is no source of bytes without its length, for clients that take whatever has one for a file. */
  readonly hidesLength?: boolean;
}

/** A refusal as the log tells it. It never holds a value that was sent. */
export interface RefusalNote {
  /** The protocol's own error: its number, name or words. */
  readonly error: string;
  /**
   * What of the request is to blame, if there is more to say: names of parameters or elements. The caller is told it,
   * too, in the header `X-Counterfoil-Reason`, so it must not tell more than who sent the request may know.
   */
  readonly reason?: string | undefined;
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

/** Content whose length is known before it is read, as that of an open file. It may be larger than memory. */
export interface ByteSource {
  /** Its length, which the client is told. If more or fewer bytes come, the answer is broken off. */
  readonly bytes: number;
  /**
   * The bytes from `start` up to, but not including, `end`. Called once at most, and never for nothing of it. Each
   * piece may lie in the buffer that is given: it is out of use before the next one is asked for.
   */
  read(range: { readonly start: number; readonly end: number }, buffer?: Uint8Array): AsyncIterable<Uint8Array>;
  /** Called once: when the answer is out, broken off or not to be sent, even while a read is under way. */
  close(): Promise<void>;
}
