import type pg from "pg";
import type { Action, ActionKind } from "../core/action.ts";
import { customerIdentity } from "../core/customer.ts";
import type { Entitlement } from "../core/entitlement.ts";
import type { OpenableProduct, Product, ProductKind } from "../core/product.ts";
import type { Refusal } from "../core/refusal.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import type {
  AccessKey,
  ActionFilter,
  CodeRange,
  EntitlementFilter,
  HeldEntitlement,
  KnownConflict,
  ListedAccessKey,
  ProductFilter,
  Reader,
} from "../engine/reader.ts";
import { coalesce } from "./coalesce.ts";
import { translateError } from "./database.ts";
import { pageHeldBy, readFirstHeldBy, readHeld } from "./held.ts";
import type { Secrets } from "./secrets.ts";
import { accessKeyPurpose, readAccessKeysOf } from "./statements/access-keys.ts";
import {
  type EntitlementRow,
  entitlementColumns,
  entitlementSource,
  readEntitlements,
  toEntitlement,
} from "./statements/entitlements.ts";
import { readOperator, readOperatorByToken } from "./statements/operators.ts";
import { readOrganizations } from "./statements/organizations.ts";
import { type ProductRow, productColumns, readProducts, toProduct } from "./statements/products.ts";
import { type Runner, run } from "./statements/statement.ts";

/** Rows of one page of a list. Measured with `npm run bench`: larger pages are no faster, and hold more memory. */
const pageRows = 2_000;

/** All queries, in PostgreSQL; what they promise stands at {@link Reader}. */
export function createReader(pool: pg.Pool, secrets: Secrets): Reader {
  const runner: Runner = {
    query: (query) =>
      pool.query(query).catch((error) => {
        throw translateError(error);
      }) as never,
  };

  const lookUps = new Map<number, ReturnType<typeof lookUpsOf>>();
  function lookUpsOf(organizationId: number) {
    return {
      entitlement: coalesce<string, Entitlement>(async (codes) => {
        const found = await readEntitlements(runner, organizationId, codes);
        return new Map(found.map((entitlement) => [entitlement.code, entitlement]));
      }),
      product: coalesce<number, OpenableProduct>(async (ids) => {
        const [products, keys] = await Promise.all([
          readProducts(runner, organizationId, ids),
          readAccessKeysOf(runner, secrets, organizationId, ids),
        ]);
        return new Map(
          products.map((product) => [product.id, { product, accessKeys: keys.get(product.id) ?? [] }] as const),
        );
      }),
      accessKey: coalesce<string, AccessKey>((keys) => readAccessKeys(organizationId, keys)),
      held: coalesce<string, HeldEntitlement>((codes) => readHeld(runner, organizationId, codes)),
      firstHeldBy: memo((kind: ProductKind) =>
        coalesce<string, readonly HeldEntitlement[]>((identities) =>
          readFirstHeldBy(runner, organizationId, kind, identities),
        ),
      ),
    };
  }
  function lookUp(organizationId: number) {
    let found = lookUps.get(organizationId);
    if (found === undefined) {
      found = lookUpsOf(organizationId);
      lookUps.set(organizationId, found);
    }
    return found;
  }

  async function readAccessKeys(
    organizationId: number,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, AccessKey>> {
    const names = new Map(
      keys.flatMap((key) =>
        secrets.lookupHashes(key, accessKeyPurpose).map((hash) => [hash.toString("hex"), key] as const),
      ),
    );
    const rows = await run<[hash: string, id: number, productIds: string[]]>(
      runner,
      "read_access_keys",
      `select encode(k.key_hash, 'hex'), k.id, array_agg(l.product_id)
       from access_key k
       join product_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
       where k.organization_id = $1 and k.key_hash = any($2::bytea[])
       group by k.key_hash, k.id`,
      [organizationId, [...names.keys()].map((hex) => Buffer.from(hex, "hex"))],
    );
    const found = new Map<string, AccessKey>();
    for (const [hash, id, productIds] of rows) {
      const key = names.get(hash);
      if (key !== undefined) found.set(key, { id, productIds: new Set(productIds.map(Number)) });
    }
    return found;
  }

  return {
    async organization(host) {
      const all = await readOrganizations(runner);
      const named = all.find(({ hosts }) => hosts.includes(host.toLowerCase()));
      return (named ?? all.find(({ organization }) => organization.id === defaultOrganizationId))?.organization;
    },

    operatorByLogin: (organizationId, login) => readOperator(runner, organizationId, login),
    operatorByToken: (organizationId, token) => readOperatorByToken(runner, organizationId, token),

    accessKey: (organizationId, key) => lookUp(organizationId).accessKey(key),

    async accessKeys(organizationId, kind) {
      const rows = await run<[sealed: Buffer, keyId: number, productId: number, name: string]>(
        runner,
        "list_access_keys",
        `select k.key_sealed, k.id, p.id, p.name
         from access_key k
         join product_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
         join product p on p.organization_id = l.organization_id and p.id = l.product_id
         where k.organization_id = $1 and p.kind = $2 and p.retired_at is null
         order by p.id`,
        [organizationId, kind],
      );
      const listed = new Map<number, { key: string; products: { id: number; name: string }[] }>();
      for (const [sealed, keyId, id, name] of rows) {
        let entry = listed.get(keyId);
        if (entry === undefined) {
          entry = { key: secrets.open(sealed, accessKeyPurpose), products: [] };
          listed.set(keyId, entry);
        }
        entry.products.push({ id, name });
      }
      return [...listed.values()].sort((a, b) => (a.key < b.key ? -1 : 1)) satisfies ListedAccessKey[];
    },

    product: (organizationId, id) => lookUp(organizationId).product(id),
    products: (organizationId, filter) => pageProducts(runner, organizationId, filter),

    entitlement: (organizationId, code) => lookUp(organizationId).entitlement(code),
    entitlements: (organizationId, filter) => pageEntitlements(runner, organizationId, filter),

    heldEntitlement: (organizationId, code) => lookUp(organizationId).held(code),
    async *heldEntitlements(organizationId, { kind, holder }) {
      const identity = customerIdentity(holder);
      const first = await lookUp(organizationId).firstHeldBy(kind)(identity);
      if (first !== undefined) yield* pageHeldBy(runner, organizationId, kind, identity, first);
    },

    actions: (organizationId, filter) => pageActions(runner, secrets, organizationId, filter),

    async lastChange(organizationId, productIds) {
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
    },

    conflicts: (organizationId, productId) => pageConflicts(runner, secrets, organizationId, productId),

    async ping() {
      await run(runner, "ping", "select 1", []);
    },
  };
}

/** Makes a value for each key once. */
function memo<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}

/**
 * Pages that follow one another by key: `read` is given the last row of the page before. The next page is asked for
 * while the one before is being used, so that the database and the consumer work at the same time.
 */
async function* pages<R>(read: (last: R | undefined) => Promise<R[]>): AsyncGenerator<R[]> {
  let next: Promise<R[]> | undefined = read(undefined);
  while (next !== undefined) {
    const page: R[] = await next;
    const full: boolean = page.length >= pageRows;
    next = full ? read(page.at(-1)) : undefined;
    // The consumer may stop before it asks for this page; its failure is then nobody's.
    next?.catch(() => {});
    if (page.length > 0) yield page;
  }
}

async function* pageProducts(
  runner: Runner,
  organizationId: number,
  { kind, accessKeyId, name }: ProductFilter,
): AsyncGenerator<Product[]> {
  const read = (last: Product | undefined) =>
    run<ProductRow>(
      runner,
      "page_products",
      `select ${productColumns} from product p
       where p.organization_id = $1 and p.kind = $2 and p.retired_at is null and p.id > $3
         and ($4::bigint is null or exists (
           select from product_access_key l
           where l.organization_id = $1 and l.product_id = p.id and l.access_key_id = $4))
         and ($5::text is null or p.name = $5)
       order by p.id limit ${pageRows}`,
      [organizationId, kind, last?.id ?? -1, accessKeyId ?? null, name ?? null],
    ).then((rows) => rows.map(toProduct));
  yield* pages(read);
}

/** Larger than any code of 19 digits. */
const codeNumberMax = "99999999999999999999";

function rangeOf(codes: CodeRange | undefined): [first: string, last: string] {
  return [String(codes?.first ?? -1n), codes?.last === undefined ? codeNumberMax : String(codes.last)];
}

async function* pageEntitlements(
  runner: Runner,
  organizationId: number,
  { productId, unrevokedOnly = false, codes }: EntitlementFilter,
): AsyncGenerator<Entitlement[]> {
  const [first, lastNumber] = rangeOf(codes);
  const read = (last: Entitlement | undefined) =>
    run<EntitlementRow>(
      runner,
      "page_entitlements",
      `select ${entitlementColumns} from ${entitlementSource}
       where e.organization_id = $1 and e.product_id = $2 and e.code_number <= $4::numeric
         and (e.code_number, e.code) > ($3::numeric, $5) and (not $6 or e.revoked_at is null)
       order by e.code_number, e.code limit ${pageRows}`,
      // The empty code sorts before every other one of the same number, so the first page starts at that number.
      [
        organizationId,
        productId,
        last === undefined ? first : numberOf(last.code),
        lastNumber,
        last?.code ?? "",
        unrevokedOnly,
      ],
    ).then((rows) => rows.map(toEntitlement));
  yield* pages(read);
}

/** The number by which the database sorts a code; see the column `code_number`. */
function numberOf(code: string): string {
  return /^[0-9]{1,19}$/.test(code) ? code : "-1";
}

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
  address: string | null,
];

const actionColumns =
  "a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at, a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.address";
const actionSource =
  "action a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id";

async function* pageActions(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  { productId, about, codes, since = -1 }: ActionFilter,
): AsyncGenerator<Action[]> {
  const open = keyOpener(secrets);
  const range = codes === undefined ? undefined : rangeOf(codes);
  const condition =
    about === "product"
      ? "a.kind like 'product\\_%'"
      : range === undefined
        ? "a.kind like 'entitlement\\_%'"
        : `a.entitlement_id in (
             select e.id from entitlement e
             where e.organization_id = $1 and e.product_id = $2 and e.code_number between $4::numeric and $5::numeric)`;
  const read = async (last: Action | undefined) => {
    const rows = await run<ActionRow>(
      runner,
      `page_actions ${about} ${range === undefined ? "all" : "range"}`,
      `select ${actionColumns} from ${actionSource}
       where a.organization_id = $1 and a.product_id = $2 and a.id > $3 and a.refusal is null and ${condition}
       order by a.id limit ${pageRows}`,
      [organizationId, productId, last?.id ?? since, ...(range ?? [])],
    );
    return rows.map(
      ([
        id,
        kind,
        product,
        entitlementId,
        code,
        occurredAtMs,
        recordedAtMs,
        refusal,
        keyId,
        sealed,
        operatorId,
        address,
      ]): Action => ({
        id,
        kind,
        productId: product,
        entitlementId,
        code,
        occurredAtMs,
        recordedAtMs,
        refusal,
        accessKey: open(keyId, sealed),
        operatorId,
        address,
      }),
    );
  };
  yield* pages(read);
}

/** Opens sealed access keys, each once. */
function keyOpener(secrets: Secrets): (id: number | null, sealed: Buffer | null) => string | null {
  const opened = new Map<number, string>();
  return (id, sealed) => {
    if (id === null || sealed === null) return null;
    let key = opened.get(id);
    if (key === undefined) {
      key = secrets.open(sealed, accessKeyPurpose);
      opened.set(id, key);
    }
    return key;
  };
}

type ConflictSide = [
  atMs: number,
  accessKeyId: number | null,
  sealed: Buffer | null,
  operatorId: number | null,
  address: string | null,
];

async function* pageConflicts(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  productId: number,
): AsyncGenerator<KnownConflict[]> {
  const open = keyOpener(secrets);
  const side = ([atMs, keyId, sealed, operatorId, address]: ConflictSide) => ({
    atMs,
    operatorId,
    address,
    accessKey: open(keyId, sealed),
  });
  const read = async (last: KnownConflict | undefined) => {
    const rows = await run<[id: number, code: string, recordedAtMs: number, ...ConflictSide, ...ConflictSide]>(
      runner,
      "page_conflicts",
      `select f.id, e.code, f.recorded_at,
         f.kept_at, f.kept_by_access_key_id, kept_key.key_sealed, f.kept_by_operator_id, f.kept_from,
         f.lost_at, f.lost_by_access_key_id, lost_key.key_sealed, f.lost_by_operator_id, f.lost_from
       from conflict f
       join entitlement e on e.organization_id = f.organization_id and e.id = f.entitlement_id
       left join access_key kept_key on kept_key.organization_id = f.organization_id and kept_key.id = f.kept_by_access_key_id
       left join access_key lost_key on lost_key.organization_id = f.organization_id and lost_key.id = f.lost_by_access_key_id
       where f.organization_id = $1 and f.product_id = $2 and f.id > $3
       order by f.id limit ${pageRows}`,
      [organizationId, productId, last?.id ?? -1],
    );
    return rows.map(
      ([id, code, recordedAtMs, ...sides]): KnownConflict => ({
        id,
        code,
        recordedAtMs,
        kept: side(sides.slice(0, 5) as ConflictSide),
        lost: side(sides.slice(5) as ConflictSide),
      }),
    );
  };
  yield* pages(read);
}
