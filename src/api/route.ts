import type { Command, Outcome, RefusalOf, Refused, VerbName } from "../core/command.ts";
import type { DeviceName } from "../core/device.ts";
import type { Permission } from "../core/permission.ts";
import type { Principal } from "../core/principal.ts";
import type { Refusal } from "../core/refusal.ts";
import type { State } from "../core/state.ts";
import type { DialectContext } from "../dialects/dialect.ts";
import type { ServerEvent } from "./event-stream.ts";
import type { Problem, ProblemCode } from "./problem.ts";
import type { Optional, Schema, ValueOfMembers } from "./schema.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type Fields = Readonly<Record<string, Schema | Optional<unknown>>>;

/**
 * One operation of the API. Nearly all of it is data, from which it is served, documented and tested. `P`, `Q` and `B`
 * are the parameters in the path and in the query and the body, `A` is the answer, or a row of a list, and `Answered`
 * what the handler answers.
 */
export interface RouteSpec<
  P extends Fields,
  Q extends Fields,
  B,
  A,
  V extends VerbName,
  R extends ProblemCode,
  Answered,
> {
  readonly method: Method;
  /** Below `/v1`, with parameters in braces: `/products/{id}`. */
  readonly path: string;
  /** The name of the operation for programs that are made of the document; unique. */
  readonly name: string;
  /** The resource under which the document lists it. */
  readonly resource: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What the reader must know besides. */
  readonly description?: string;
  /** The permission that the token needs. Each verb checks its own again. */
  readonly scope: Permission;
  /** The parameters in the path. */
  readonly params?: P;
  readonly query?: Q;
  readonly body?: Schema<B>;
  /** Whether an absent body is an empty object. */
  readonly isBodyOptional?: true;
  /** The answer when all went well. */
  readonly answer: { readonly status: 200 | 201; readonly schema: Schema<A> };
  /** The verbs whose refusals it can give. */
  readonly verbs?: readonly V[];
  /** Further refusals and problems that its handler gives. */
  readonly problems?: readonly R[];
  /**
   * Of a list, the kind of the keys by which it goes on. It takes `limit` and `cursor`, and its answer is an object with
   * the rows as `items`, and `next`.
   */
  readonly pages?: CursorKind;
  /**
   * Of a list: the same rows as Server-Sent Events, as they come, for a request that accepts `text/event-stream`. Their
   * ids are numbers, and a client that comes back tells the last of them.
   */
  readonly events?: {
    readonly name: string;
    make(call: EventCall<ValueOfMembers<P>, ValueOfMembers<Q>>): AsyncGenerator<ServerEvent, void>;
  };
  /** Whether it takes `If-Match`. */
  readonly takesIfMatch?: true;
  /**
   * Whether it takes no `Idempotency-Key`: its answer has a secret, which is not kept, or each request has a hash of its
   * own.
   */
  readonly ignoresKey?: true;
  /** An example of the request and of its answer; a test sends each. */
  readonly example: {
    readonly params?: { readonly [K in keyof P]: string };
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: B;
    readonly answer: A;
  };
  handle(
    call: Call<ValueOfMembers<P>, ValueOfMembers<Q>, B>,
  ): Promise<Reply<Answered> | Refused<RefusalOf<V> | Extract<R, Refusal>> | Problem>;
}

/** A route whose types are forgotten, for lists of routes. */
export type Route = RouteSpec<Fields, Fields, unknown, unknown, VerbName, ProblemCode, unknown>;

/** Defines a route. The compiler asks for every refusal of its verbs in the document, and for no other. */
export function route<
  const P extends Fields = Record<never, never>,
  const Q extends Fields = Record<never, never>,
  B = undefined,
  A = unknown,
  const V extends VerbName = never,
  const R extends ProblemCode = never,
>(spec: Omit<RouteSpec<P, Q, B, A, V, R, A>, "pages">): Route {
  // A handler takes what its own schemas let through, so its types can be forgotten.
  return spec as unknown as Route;
}

/** Defines the route of a list. Its handler answers the rows of a page. */
export function listRoute<
  const P extends Fields = Record<never, never>,
  const Q extends Fields = Record<never, never>,
  A = unknown,
  const R extends ProblemCode = never,
>(
  spec: Omit<RouteSpec<P, Q, undefined, A, never, R, readonly A[]>, "method" | "body" | "verbs" | "takesIfMatch"> & {
    readonly pages: CursorKind;
  },
): Route {
  return { ...spec, method: "GET" } as unknown as Route;
}

/** The keys by which a list goes on: numbers, or texts such as codes. */
export type CursorKind = "number" | "text";

/** A request that was read and checked, with what its handler may use. */
export interface Call<P, Q, B> {
  readonly params: P;
  /** Without `limit` and `cursor`. */
  readonly query: Q;
  readonly body: B;
  /** Of a list. */
  readonly page: PageAsked;
  readonly principal: Principal;
  readonly organizationId: number;
  readonly queries: DialectContext["queries"];
  readonly organizationSettings: DialectContext["organizationSettings"];
  /** The time of arrival, in milliseconds since the epoch. */
  readonly atMs: number;
  /**
   * Carries out a command, once only if the request has an `Idempotency-Key`. With `If-Match`, `current` makes the
   * resource as it would be answered from the locked rows, and the command is carried out only if that is what the header
   * names.
   */
  execute<C extends Command>(command: C, current?: (state: State) => unknown): Promise<Outcome<C["verb"]>>;
  /** Names a device: see `DialectContext.nameDevice`. */
  nameDevice(kind: string, name: string): DeviceName;
  /** Looks up a code that the caller presents. Guesses are limited. */
  present<T>(code: string, look: () => Promise<T>, isUnknown: (found: T) => boolean): Promise<T | Refused<"throttled">>;
}

/** The call of a client that follows a list. */
export interface EventCall<P, Q>
  extends Omit<Call<P, Q, undefined>, "body" | "page" | "execute" | "present" | "nameDevice"> {
  /** The id of the last event that the client has; `undefined` for a client that begins. */
  readonly lastEventId: number | undefined;
  readonly logFeed: DialectContext["logFeed"];
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** The principal as it is now; `undefined` when the token has ended, or no longer opens the route. */
  identifyAgain(): Promise<Principal | undefined>;
}

/** The part of a call that finds things. */
export type Asked = Pick<Call<unknown, unknown, unknown>, "principal" | "queries" | "organizationId">;

/** Which page of a list is asked for. `after` has been checked against the kind of the list's cursors. */
export interface PageAsked {
  readonly limit: number;
  readonly after: string | undefined;
}

/** What a handler answers when all went well. */
export interface Reply<A> {
  readonly ok: true;
  readonly value: A;
  /** The place of something new, below `/v1`. */
  readonly location?: string | undefined;
  /** Whether the value gets an `ETag`, by which it is known later. */
  readonly isTagged?: boolean;
  /** Of a list: the key behind which it goes on. */
  readonly next?: string | undefined;
}

export function reply<A>(value: A, more: Omit<Reply<A>, "ok" | "value"> = {}): Reply<A> {
  return { ok: true, value, ...more };
}

/** Ends a request with a refusal. */
export function refused<const R extends Refusal>(refusal: R): Refused<R> {
  return { ok: false, refusal };
}
