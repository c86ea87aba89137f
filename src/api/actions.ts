import type { Permission } from "../core/permission.ts";
import { may, type Principal, type PrincipalKind, reaches, reachesCategory } from "../core/principal.ts";
import { refusals } from "../core/refusal.ts";
import { verbs } from "../core/verbs/index.ts";
import type { FoundEntry, LogSearch } from "../queries/log.ts";
import type { Cursor } from "../queries/pages.ts";
import type { ServerEvent } from "./event-stream.ts";
import { type EventCall, listRoute, reply } from "./route.ts";
import {
  choice,
  integer,
  named,
  nullable,
  object,
  optional,
  text,
  truth,
  type ValueOfMembers,
  type ValueOfSchema,
} from "./schema.ts";
import { sightOf } from "./sight.ts";
import { id, readTime, time, writeTime } from "./values.ts";

const resource = "actions";
/** How long a stream without events is silent. */
export const heartbeatMs = 5_000;

const principalKinds = [
  "anonymous",
  "access_key",
  "operator",
  "customer",
  "terminal",
  "job",
] as const satisfies readonly PrincipalKind[];

const kinds = [...new Set(Object.values(verbs).flatMap(({ logs }): readonly string[] => logs))].sort();

const actionSchema = named(
  "Action",
  object({
    id: id("the entry of the log"),
    kind: text({ maxLength: 64 }, { description: "What was done.", examples: ["entitlement_redeemed"] }),
    product: nullable(id("the product")),
    entitlement: nullable(id("the entitlement")),
    category: nullable(text({ maxLength: 32 }), { description: "That of the entitlement." }),
    code: nullable(text({ maxLength: 4_096 }), {
      description: "The code that was presented, even if nothing has it.",
    }),
    device: nullable(id("the device")),
    refusal: nullable(text({ maxLength: 64 }), { description: "Why it was refused; `null` for what was done." }),
    principal: object(
      { kind: choice(principalKinds), id: nullable(id("the access key, operator or customer")) },
      { description: "Who did it." },
    ),
    gate: nullable(object({ id: id("the gate"), name: text({ maxLength: 255 }) })),
    channel: nullable(text({ maxLength: 32 }), {
      description: "The protocol; `null` for the terminal, for the server itself and for old entries.",
      examples: ["api"],
    }),
    address: nullable(text({ maxLength: 64 }), { description: "The network address of the caller." }),
    occurredAt: time("When it happened: of an offline scan, the reported time."),
    recordedAt: time("When the server learned of it."),
    detail: nullable(
      { type: "object" },
      { description: "What changed; `null` also for a caller without the scope `see_names`." },
    ),
  }),
);

/** An entry of the log as the API tells it to this principal. A detail may have names of holders. */
export function writeAction(entry: FoundEntry, principal: Principal): ValueOfSchema<typeof actionSchema> {
  const { gate, detail = null } = entry;
  return {
    id: String(entry.id),
    kind: entry.kind,
    product: writeId(entry.productId),
    entitlement: writeId(entry.entitlementId),
    category: entry.category,
    code: entry.code,
    device: writeId(entry.deviceId ?? null),
    refusal: entry.refusal,
    principal: { kind: entry.principal.kind, id: writeId(entry.principal.id) },
    gate: gate && { id: String(gate.id), name: gate.name },
    channel: entry.channel,
    address: entry.address,
    occurredAt: writeTime(entry.occurredAtMs),
    recordedAt: writeTime(entry.recordedAtMs),
    detail: may(principal, "see_names") ? detail : null,
  };
}

const writeId = (number: number | null) => (number === null ? null : String(number));

const query = {
  kind: optional(choice(kinds)),
  product: optional(id("the product")),
  entitlement: optional(id("the entitlement")),
  code: optional(text({ minLength: 1, maxLength: 255 }, { description: "A code as it was presented." })),
  device: optional(id("the device")),
  gate: optional(id("the gate")),
  operator: optional(id("the operator who did it")),
  refusal: optional(choice(refusals, { description: "Only what was refused for this." })),
  refused: optional(truth({ description: "Only what was refused, or only what was done." })),
  from: optional(time("The first moment at which it was recorded.")),
  to: optional(time("The moment before which it was recorded.")),
  since: optional(
    integer(
      { minimum: 0, maximum: 999_999_999_999_999 },
      { description: "Only entries above this number. A stream without it begins now." },
    ),
  ),
};
type Filter = ValueOfMembers<typeof query>;

function searchOf(filter: Filter, principal: Principal): LogSearch {
  const { kind, product, entitlement, code, device, gate, operator, refusal, refused, from, to, since } = filter;
  const { productIds, categories } = sightOf(principal);
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(product === undefined ? {} : { productId: Number(product) }),
    ...(entitlement === undefined ? {} : { entitlementId: Number(entitlement) }),
    ...(code === undefined ? {} : { code }),
    ...(device === undefined ? {} : { deviceId: Number(device) }),
    ...(gate === undefined ? {} : { gateId: Number(gate) }),
    ...(operator === undefined ? {} : { operatorId: Number(operator) }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(refused === undefined ? {} : { isRefused: refused }),
    ...(from === undefined ? {} : { fromMs: readTime(from) }),
    ...(to === undefined ? {} : { toMs: readTime(to) }),
    ...(since === undefined ? {} : { above: since }),
    productIds,
    categories,
  };
}

/** The same as a search in the database, for an entry that is there. */
function fits(entry: FoundEntry, search: LogSearch, principal: Principal): boolean {
  const { recordedAtMs } = entry;
  const wanted: readonly (readonly [unknown, unknown])[] = [
    [search.kind, entry.kind],
    [search.productId, entry.productId],
    [search.entitlementId, entry.entitlementId],
    [search.code, entry.code],
    [search.deviceId, entry.deviceId],
    [search.gateId, entry.gate?.id],
    [search.operatorId, entry.principal.kind === "operator" ? entry.principal.id : null],
    [search.refusal, entry.refusal],
    [search.isRefused, entry.refusal !== null],
  ];
  return (
    reaches(principal, entry.productId ?? undefined) &&
    reachesCategory(principal, entry.category) &&
    wanted.every(([one, other]) => one === undefined || one === other) &&
    recordedAtMs >= (search.fromMs ?? Number.NEGATIVE_INFINITY) &&
    recordedAtMs < (search.toMs ?? Number.POSITIVE_INFINITY)
  );
}

/** New entries as they come. Before each look that brings something the token is looked at again. */
async function* follow(call: EventCall<unknown, Filter>): AsyncGenerator<ServerEvent, void> {
  const { organizationId, queries, query: filter, logFeed, signal, lastEventId } = call;
  let last = lastEventId ?? filter.since ?? (await queries.log.lastNumber(organizationId));
  if (last >= 0) yield { id: last };
  while (!signal.aborted && !logFeed.isClosed) {
    const found = await logFeed.next(organizationId, last, heartbeatMs, signal);
    const principal = await call.identifyAgain();
    if (principal === undefined) return;
    const search = searchOf(filter, principal);
    for (const entry of found) {
      last = entry.id;
      if (fits(entry, search, principal)) yield { id: last, data: writeAction(entry, principal) };
    }
    // It shows that the stream lives, and where to go on behind entries that the filter left out.
    if (last >= 0) yield { id: last };
  }
}

const scope: Permission = "read_log";

export const actionRoutes = [
  listRoute({
    path: "/actions",
    name: "listActions",
    resource,
    summary: "List or follow the log",
    description:
      "The newest first. A page may be short, or empty, although more follow: go on until `next` is `null`. With `Accept: text/event-stream` the entries come as Server-Sent Events named `action`, ascending, as they are recorded; a client that comes back with `Last-Event-ID` misses none and gets none twice. Entries that were removed for their age are not told.",
    scope,
    query,
    pages: "number",
    answer: { status: 200, schema: actionSchema },
    events: { name: "action", make: follow },
    example: {
      query: { kind: "entitlement_redeemed" },
      answer: {
        id: "1042",
        kind: "entitlement_redeemed",
        product: "42",
        entitlement: "7",
        category: "adult",
        code: "412158754",
        device: null,
        refusal: null,
        principal: { kind: "access_key", id: "3" },
        gate: { id: "2", name: "North" },
        channel: "api",
        address: "192.0.2.7",
        occurredAt: "2027-06-19T15:02:11.000Z",
        recordedAt: "2027-06-19T15:02:11.000Z",
        detail: null,
      },
    },
    async handle({ query: filter, page, principal, queries, organizationId }) {
      const { rows, next } = await queries.log.search(organizationId, searchOf(filter, principal), {
        limit: page.limit,
        ...(page.after === undefined ? {} : { after: page.after as Cursor<FoundEntry> }),
      });
      return reply(
        rows.map((entry) => writeAction(entry, principal)),
        { next },
      );
    },
  }),
];
