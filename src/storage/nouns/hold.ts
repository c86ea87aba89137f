import { type Hold, holds, holdsOf } from "../../core/hold.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking } from "../statement.ts";
import { bigint, boolean, columns, integer, nullable, table, text, time } from "../table.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const id = { id: bigint() };
const end = { endedAtMs: nullable(time()), isConfirmed: boolean() };
const holdTable = table("hold", {
  ...id,
  productId: bigint(),
  category: nullable(text()),
  quantity: integer(),
  reference: text(),
  heldAtMs: time(),
  endsAtMs: time(),
  ...end,
});
export const holdColumns = columns(holdTable.in("h"));

const lockHolds = locking(
  "lock_holds",
  holdColumns,
  "h",
  (lock) => `select ${holdColumns.sql} from hold h
where h.organization_id = $1 and h.id = any(array(
  select k.id from hold k where k.organization_id = $1 and k.id = any($2::bigint[])
  union all
  select k.id from hold k where k.organization_id = $1 and k.product_id = any($3::bigint[]) and k.ended_at is null))
order by h.id ${lock}`,
);

const insertHolds = command("insert_holds", holdTable.insert);
const endedTable = table("hold", { ...id, ...end });
const endHolds = command("end_holds", endedTable.update);

export const storedHolds: StoredNoun<number, Hold> = {
  noun: holds,
  sequence: "hold_id_seq",
  locksRows: true,

  async load({ sql, organizationId }, asked, lock) {
    return [rows(holds, await lockHolds[lock](sql, organizationId, asked.keys(holds), asked.questions(holdsOf)))];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield* unlessEmpty(added, (all) => insertHolds(sql, organizationId, ...holdTable.arrays(all)));
    yield* unlessEmpty(changed, (all) => endHolds(sql, organizationId, ...endedTable.arrays(all)));
  },
};
