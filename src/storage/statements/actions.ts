import type { Action, ActionDetail, ActionKind } from "../../core/action.ts";
import { idOf, type PrincipalKind } from "../../core/principal.ts";
import type { Refusal } from "../../core/refusal.ts";
import type { ActionFilter, CustomerAction, LogFilter } from "../../engine/reader.ts";
import type { ActionRecord } from "../../engine/store.ts";
import type { Secrets } from "../secrets.ts";
import { keyOpener } from "./access-keys.ts";
import { rangeOf } from "./entitlements.ts";
import { pageRows, pages } from "./pages.ts";
import { inPieces, type PieceRow, toPiece } from "./pieces.ts";
import { type Runner, run, seconds } from "./statement.ts";

/**
 * Advisory locks with one number, from here on upwards, are turns of organizations at the log; this one plus the
 * organization's number is its own. It lies far above every other number that is locked in this way.
 */
const logTurns = "4611686018427387904";
/** Turns are short, for a commit each, but there may be many before ours; a row is not waited for so long. */
const logTurnWaitMs = 3_000;

/**
 * Writes lines of the log. Before it takes their numbers it waits for the organization's turn, which ends when the
 * commit is visible: so this is the last statement of a batch, numbers ascend in the order of commits, and there is no
 * deadlock, since a batch that has the turn waits for nothing more. The turn is not a row, so it leaves no versions
 * behind; the decision 0001 has the figures.
 */
export function insertActions(
  runner: Runner,
  organizationId: number,
  actions: readonly ActionRecord[],
): Promise<unknown> {
  return run(
    runner,
    "insert_actions",
    `with patience as materialized (
       select set_config('lock_timeout', '${logTurnWaitMs}', true)
     ), turn as materialized (
       select pg_advisory_xact_lock(${logTurns} + $1::bigint) from patience
     )
     insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal, access_key_id,
       operator_id, address, device_id, customer_id, principal_kind, detail)
     select $1::bigint, nextval('action_id_seq'), n.kind, n.product_id, n.entitlement_id, n.code, to_timestamp(n.occurred_at),
       to_timestamp(n.recorded_at), n.refusal, n.access_key_id, n.operator_id, n.address, n.device_id,
       n.customer_id, n.principal_kind, n.detail
     from turn, unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::float8[], $7::float8[], $8::text[], $9::bigint[],
       $10::bigint[], $11::text[], $12::bigint[], $13::bigint[], $14::text[], $15::jsonb[])
       as n (kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal, access_key_id, operator_id, address, device_id,
         customer_id, principal_kind, detail)`,
    [
      organizationId,
      actions.map(({ kind }) => kind),
      actions.map(({ productId }) => productId ?? noProduct),
      actions.map(({ entitlementId }) => entitlementId),
      actions.map(({ code }) => code),
      actions.map(({ occurredAtMs }) => seconds(occurredAtMs)),
      actions.map(({ recordedAtMs }) => seconds(recordedAtMs)),
      actions.map(({ refusal }) => refusal),
      actions.map(({ principal }) => idOf(principal, "access_key")),
      actions.map(({ principal }) => idOf(principal, "operator")),
      actions.map(({ address }) => address),
      actions.map(({ deviceId }) => deviceId ?? null),
      actions.map(({ principal }) => idOf(principal, "customer")),
      actions.map(({ principal: { kind } }) => (kind === "terminal" || kind === "job" ? kind : null)),
      actions.map(({ detail }) => (detail === undefined ? null : JSON.stringify(detail))),
    ],
  );
}

/** Stands in the log for what is about a device alone; numbers of products begin at 1. */
const noProduct = 0;

type ActionRow = [
  id: number,
  kind: ActionKind,
  productId: number,
  entitlementId: number | null,
  code: string | null,
  occurredAtMs: number,
  recordedAtMs: number,
  refusal: Refusal | null,
  accessKeyId: number | null,
  accessKeySealed: Buffer | null,
  operatorId: number | null,
  customerId: number | null,
  principalKind: PrincipalKind | null,
  address: string | null,
  detail: ActionDetail | null,
];

const actionColumns =
  "a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at, a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind, a.address, a.detail";
const keySource = "left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id";

/** Turns rows into lines of the log; each access key is opened once. */
function actionReader(secrets: Secrets): (row: ActionRow) => Action {
  const open = keyOpener(secrets);
  return ([id, kind, product, entitlementId, code, ...rest]) => {
    const productId = product === noProduct ? null : product;
    const [occurredAtMs, recordedAtMs, refusal, keyId, sealed, operatorId, customerId, kindKept, address, detail] =
      rest;
    const principal = principalOf(keyId, operatorId, customerId, kindKept);
    return {
      id,
      kind,
      productId,
      entitlementId,
      code,
      occurredAtMs,
      recordedAtMs,
      refusal,
      principal,
      accessKey: open(keyId, sealed),
      address,
      ...(detail === null ? {} : { detail }),
    };
  };
}

function principalOf(
  accessKeyId: number | null,
  operatorId: number | null,
  customerId: number | null,
  kindKept: PrincipalKind | null,
): Action["principal"] {
  if (accessKeyId !== null) return { kind: "access_key", id: accessKeyId };
  if (operatorId !== null) return { kind: "operator", id: operatorId };
  if (customerId !== null) return { kind: "customer", id: customerId };
  return { kind: kindKept ?? "anonymous", id: null };
}

/** Lines about what was done, ascending. Every condition is one of an index that has no refused lines. */
export function pageActions(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  { productId, about, codes, since = -1 }: ActionFilter,
): AsyncGenerator<Action[]> {
  const toAction = actionReader(secrets);
  const range = codes === undefined ? undefined : rangeOf(codes);
  const condition =
    about === "product"
      ? "a.kind like 'product\\_%'"
      : range === undefined
        ? "a.kind like 'entitlement\\_%'"
        : `a.entitlement_id in (
             select e.id from entitlement e
             where e.organization_id = $1 and e.product_id = $2 and not e.in_stock
               and e.code_number between $4::numeric and $5::numeric)`;
  return pages(async (last: Action | undefined) => {
    const rows = await run<ActionRow>(
      runner,
      `page_actions ${about} ${range === undefined ? "all" : "range"}`,
      `select ${actionColumns} from action a ${keySource}
       where a.organization_id = $1 and a.product_id = $2 and a.id > $3 and a.refusal is null and ${condition}
       order by a.id limit ${pageRows}`,
      [organizationId, productId, last?.id ?? since, ...(range ?? [])],
    );
    return rows.map(toAction);
  });
}

/** Above all numbers of lines. */
const noLine = "9223372036854775807";

/** Lines of the log with those that tell of a refusal, or these alone; the newest first. */
export function pageLog(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  { productId, refusedOnly = false }: LogFilter,
): AsyncGenerator<Action[]> {
  const toAction = actionReader(secrets);
  const page = (condition: string) =>
    `(select a.* from action a where a.organization_id = $1 and a.id < $2 ${condition} order by a.id desc limit ${pageRows})`;
  const product = productId === undefined ? "" : "and a.product_id = $3";
  // Of a product no index has both: each is cut to a page, and so is what they make together.
  const refused = page(`${product} and a.refusal is not null`);
  const lines = refusedOnly
    ? refused
    : productId === undefined
      ? page("")
      : `(${page(`${product} and a.refusal is null`)} union all ${refused})`;
  return pages(async (last: Action | undefined) => {
    const rows = await run<ActionRow>(
      runner,
      `page_log ${refusedOnly ? "refused" : "all"} ${productId === undefined ? "organization" : "product"}`,
      `select ${actionColumns} from ${lines} as a ${keySource} order by a.id desc limit ${pageRows}`,
      [organizationId, last?.id ?? noLine, ...(productId === undefined ? [] : [productId])],
    );
    return rows.map(toAction);
  });
}

/**
 * Removes the oldest lines of the log, of what was done or of what was refused, as far as they are older than this.
 * Lines were written down in the order of their numbers but for seconds, so that it ends at the first piece in which
 * nothing is old. Resolves with how many were removed.
 */
export function deleteActionsOlderThan(
  runner: Runner,
  organizationId: number,
  which: "done" | "refused",
  ageMs: number,
  signal?: AbortSignal,
): Promise<number> {
  return inPieces(async (afterId, limit) => {
    const rows = await run<PieceRow>(
      runner,
      `delete_actions ${which} ${limit}`,
      `with oldest as (
         select a.ctid, a.id, a.recorded_at < now() - make_interval(secs => $3) as is_over from action a
         where a.organization_id = $1 and a.id > $2 and a.refusal is ${which === "done" ? "null" : "not null"}
         order by a.id limit ${limit}
       ), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
       select (select count(*) from gone), max(id)::text, count(*) = ${limit} and bool_or(is_over) from oldest`,
      [organizationId, afterId ?? "-1", ageMs / 1000],
    );
    return toPiece(rows);
  }, signal);
}

type CustomerActionRow = [
  id: number,
  kind: ActionKind,
  code: string | null,
  occurredAtMs: number,
  address: string | null,
  deviceName: string | null,
];

/** Lines of the log about a customer's devices and about what the customer holds, ascending. */
export function pageCustomerActions(
  runner: Runner,
  organizationId: number,
  customerId: number,
): AsyncGenerator<CustomerAction[]> {
  return pages(async (last: CustomerAction | undefined) => {
    const rows = await run<CustomerActionRow>(
      runner,
      "page_customer_actions",
      `select a.id, a.kind, a.code, a.occurred_at, a.address, d.name
       from (
         select a.* from entitlement e join action a on a.organization_id = $1 and a.entitlement_id = e.id
         where e.organization_id = $1 and e.customer_id = $2 and a.id > $3 and a.refusal is null
         union all
         select a.* from device o join action a on a.organization_id = $1 and a.product_id = ${noProduct} and a.device_id = o.id
         where o.organization_id = $1 and o.customer_id = $2 and a.id > $3 and a.refusal is null
       ) as a
       left join device d on d.organization_id = $1 and d.id = a.device_id
       order by a.id limit ${pageRows}`,
      [organizationId, customerId, last?.id ?? -1],
    );
    return rows.map(([id, kind, code, occurredAtMs, address, deviceName]) => {
      return { id, kind, code, occurredAtMs, address, deviceName };
    });
  });
}

/** The number of the last line that tells of something done to one of these products. */
export async function readLastChange(
  runner: Runner,
  organizationId: number,
  productIds: readonly number[],
): Promise<number | null> {
  const rows = await run<[id: number | null]>(
    runner,
    "last_change",
    `select max(last.id) from unnest($2::bigint[]) as n (product_id),
       lateral (
         select a.id from action a
         where a.organization_id = $1 and a.product_id = n.product_id and a.refusal is null
         order by a.id desc limit 1
       ) as last`,
    [organizationId, productIds],
  );
  return rows[0]?.[0] ?? null;
}
