import type { Action, ActionDetail } from "../../core/action.ts";
import type { PrincipalKind } from "../../core/principal.ts";
import type { Refusal } from "../../core/refusal.ts";
import type { ActionFilter, LogQueries } from "../../queries/log.ts";
import type { Secrets } from "../secrets.ts";
import { noProduct } from "../statements/actions.ts";
import { type Runner, run } from "../statements/statement.ts";
import { keyOpener } from "./access-keys.ts";
import { rangeOf } from "./entitlements.ts";
import { pageRowsMax, readPage } from "./pages.ts";

/** Above all numbers of lines. */
const noLine = "9223372036854775807";

export function logQueries(runner: Runner, secrets: Secrets): LogQueries {
  return {
    newest(organizationId, { productId, refusedOnly = false }, page) {
      const cut = (condition: string) =>
        `(select a.* from action a where a.organization_id = $1 and a.id < $2 ${condition} order by a.id desc limit ${pageRowsMax})`;
      const product = productId === undefined ? "" : "and a.product_id = $3";
      // No index has both kinds of lines of a product: each kind is cut to a page, and then both together.
      const refused = cut(`${product} and a.refusal is not null`);
      const lines = refusedOnly
        ? refused
        : productId === undefined
          ? cut("")
          : `(${cut(`${product} and a.refusal is null`)} union all ${refused})`;
      return readPage(runner, page, {
        name: `page_log ${refusedOnly ? "refused" : "all"} ${productId === undefined ? "organization" : "product"}`,
        text: `select ${actionColumns} from ${lines} as a ${keySource} order by a.id desc`,
        values: [organizationId, page.after ?? noLine, ...(productId === undefined ? [] : [productId])],
        toRow: actionReader(secrets),
        keyOf: ({ id }) => id,
      });
    },

    actions(organizationId, filter, page) {
      const { productId, about, codes, since = -1 } = filter;
      const range = codes === undefined ? [] : rangeOf(codes);
      return readPage(runner, page, {
        name: `page_actions ${about} ${codes === undefined ? "all" : "range"}`,
        text: `select ${actionColumns} from action a ${keySource}
           where a.organization_id = $1 and a.product_id = $2 and a.id > $3 and a.refusal is null and ${conditionOf(filter)}
           order by a.id`,
        values: [organizationId, productId, page.after ?? since, ...range],
        toRow: actionReader(secrets),
        keyOf: ({ id }) => id,
      });
    },

    ofCustomer: (organizationId, customerId, page) =>
      readPage(runner, page, {
        name: "page_customer_actions",
        text: `select a.id, a.kind, a.code, a.occurred_at, a.address, d.name
           from (
             select a.* from entitlement e join action a on a.organization_id = $1 and a.entitlement_id = e.id
             where e.organization_id = $1 and e.customer_id = $2 and a.id > $3 and a.refusal is null
             union all
             select a.* from device o
             join action a on a.organization_id = $1 and a.product_id = ${noProduct} and a.device_id = o.id
             where o.organization_id = $1 and o.customer_id = $2 and a.id > $3 and a.refusal is null
           ) as a
           left join device d on d.organization_id = $1 and d.id = a.device_id
           order by a.id`,
        values: [organizationId, customerId, page.after ?? -1],
        toRow: ([id, kind, code, occurredAtMs, address, deviceName]: CustomerActionRow) => {
          return { id, kind, code, occurredAtMs, address, deviceName };
        },
        keyOf: ({ id }) => id,
      }),

    async lastChange(organizationId, productIds) {
      const [row] = await run<[id: number | null]>(
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
      return row?.[0] ?? null;
    },
  };
}

/** The lines that are asked for. Every condition is one of an index that has no refused lines. */
function conditionOf({ about, codes }: ActionFilter): string {
  if (about === "product") return "a.kind like 'product\\_%'";
  if (codes === undefined) return "a.kind like 'entitlement\\_%'";
  return `a.entitlement_id in (
    select e.id from entitlement e
    where e.organization_id = $1 and e.product_id = $2 and not e.in_stock
      and e.code_number between $4::numeric and $5::numeric)`;
}

type ActionRow = [
  id: number,
  kind: string,
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

type CustomerActionRow = [
  id: number,
  kind: string,
  code: string | null,
  occurredAtMs: number,
  address: string | null,
  deviceName: string | null,
];
