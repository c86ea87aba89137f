import { type Admission, type Gate, type GateRight, gateNamed, gateOfKey, gates } from "../../core/gate.ts";
import { rows } from "../../engine/working-set.ts";
import type { Secrets } from "../secrets.ts";
import { command, locking, query } from "../statement.ts";
import { bigint, bytes, columns, integer, json, nullable, type RowOf, raw, table, text, time } from "../table.ts";
import { accessKeyPurpose, addAccessKeys } from "./product.ts";
import type { OnUnreadable } from "./setting.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const gateTable = table("gate", {
  id: bigint(),
  name: text(),
  rights: json<readonly GateRight[]>(),
  createdAtMs: time(),
  retiredAtMs: nullable(time()),
});

/** A gate with its products, in the order of their numbers, and its sealed access keys. */
export const gateColumns = columns({
  ...gateTable.in("g"),
  admits: raw<readonly Admission[]>(
    `(select coalesce(jsonb_agg(jsonb_build_object('productId', a.product_id, 'categories', a.categories)
    order by a.product_id), '[]')
  from gate_product a where a.organization_id = g.organization_id and a.gate_id = g.id)`,
  ),
  sealed: raw<readonly Buffer[]>(
    `array(select k.key_sealed from gate_access_key l
  join access_key k on k.organization_id = l.organization_id and k.id = l.access_key_id
  where l.organization_id = g.organization_id and l.gate_id = g.id order by l.position)`,
  ),
});

/**
 * The gate of a row. With `onUnreadable` it reports an access key that does not open and leaves it out. Without it, it
 * throws: a caller that writes the keys back must know all of them.
 */
export function toGate(
  { sealed, ...gate }: RowOf<typeof gateColumns>,
  organizationId: number,
  secrets: Secrets,
  onUnreadable?: OnUnreadable,
): Gate {
  const accessKeys = sealed.flatMap((one) => {
    try {
      return [secrets.open(one, accessKeyPurpose)];
    } catch (error) {
      if (onUnreadable === undefined) throw error;
      onUnreadable(organizationId, `access key of gate ${gate.id}`);
      return [];
    }
  });
  return { ...gate, accessKeys };
}

/** By number, by name, and by the hash of an access key. */
const asked = `g.organization_id = $1 and g.id = any(array(
  select f.id from gate f where f.organization_id = $1 and f.id = any($2::bigint[])
  union all
  select f.id from gate f where f.organization_id = $1 and f.name = any($3::text[]) and f.retired_at is null
  union all
  select l.gate_id from access_key k
  join gate_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
  where k.organization_id = $1 and k.key_hash = any($4::bytea[])))
order by g.id`;

const idColumns = columns({ id: bigint("g.id") });
const lockGates = locking(
  "lock_gates",
  idColumns,
  "g",
  (lock) => `select ${idColumns.sql} from gate g where ${asked} ${lock}`,
);
const readGates = query("read_gates", gateColumns, `select ${gateColumns.sql} from gate g where ${asked}`);

const insertGates = command("insert_gates", gateTable.insert);
const updateGates = command("update_gates", gateTable.update);

const admissionTable = table("gate_product", {
  gateId: bigint(),
  productId: bigint(),
  categories: nullable(json<readonly string[]>()),
});
const deleteAdmissions = command(
  "delete_gate_products",
  "delete from gate_product where organization_id = $1 and gate_id = any($2::bigint[])",
);
// A product that another transaction deletes meanwhile is left out.
const insertAdmissions = command(
  "insert_gate_products",
  `insert into gate_product (organization_id, ${admissionTable.names})
select $1::bigint, ${admissionTable.values}
from ${admissionTable.sent}
join product p on p.organization_id = $1 and p.id = n.product_id
order by n.gate_id, n.product_id for key share of p`,
);

const unlinkKeys = command(
  "unlink_gate_access_keys",
  "delete from gate_access_key where organization_id = $1 and gate_id = any($2::bigint[])",
);
const keyLinks = table("gate_access_key", { gateId: bigint(), hash: bytes(), position: integer() });
const linkKeys = command(
  "link_gate_access_keys",
  `insert into gate_access_key (organization_id, access_key_id, gate_id, position)
select distinct on (n.gate_id, n.position) $1::bigint, k.id, n.gate_id, n.position
from ${keyLinks.sent}
join access_key k on k.organization_id = $1 and k.key_hash = n.hash
order by n.gate_id, n.position, k.id`,
);

export const storedGates: StoredNoun<number, Gate> = {
  noun: gates,
  sequence: "gate_id_seq",
  locksRows: true,

  /** What belongs to a gate is read by a statement behind the lock, since the one that waits for it sees older rows. */
  async load({ sql, secrets, organizationId }, wanted, lock) {
    const hashes = wanted.questions(gateOfKey).flatMap((key) => secrets.lookupHashes(key, accessKeyPurpose));
    const values = [organizationId, wanted.keys(gates), wanted.questions(gateNamed), hashes];
    const [locked, found] = await Promise.all([lockGates[lock](sql, ...values), readGates(sql, ...values)]);
    const ids = new Set(locked.map(({ id }) => id));
    return [
      rows(
        gates,
        found.filter(({ id }) => ids.has(id)).map((row) => toGate(row, organizationId, secrets)),
      ),
    ];
  },

  *write(transaction, { added, changed }) {
    const { sql, secrets, organizationId } = transaction;
    const all = [...added, ...changed];
    const ids = all.map(({ id }) => id);
    const keys = all.flatMap(({ id, accessKeys }) =>
      accessKeys.map((key, position) => ({ gateId: id, key, position })),
    );
    yield* unlessEmpty(changed, (those) => updateGates(sql, organizationId, ...gateTable.arrays(those)));
    yield* unlessEmpty(added, (those) => insertGates(sql, organizationId, ...gateTable.arrays(those)));
    yield deleteAdmissions(sql, organizationId, ids);
    yield insertAdmissions(
      sql,
      organizationId,
      ...admissionTable.arrays(all.flatMap(({ id, admits }) => admits.map((one) => ({ gateId: id, ...one })))),
    );
    yield addAccessKeys(transaction, [...new Set(keys.map(({ key }) => key))]);
    yield unlinkKeys(sql, organizationId, ids);
    const links = keys.flatMap(({ key, ...link }) =>
      secrets.lookupHashes(key, accessKeyPurpose).map((hash) => ({ ...link, hash })),
    );
    yield linkKeys(sql, organizationId, ...keyLinks.arrays(links));
  },
};
