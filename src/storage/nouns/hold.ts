import { type Hold, holds, holdsOf } from "../../core/hold.ts";
import { rows } from "../../engine/working-set.ts";
import { cleanUp } from "../clean-up.ts";
import { command, query, type SqlExecutor } from "../statement.ts";
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

const readHolds = query(
  "read_holds",
  holdColumns,
  `select ${holdColumns.sql} from hold h
where h.organization_id = $1 and h.id = any(array(
  select k.id from hold k where k.organization_id = $1 and k.id = any($2::bigint[])
  union all
  select k.id from hold k where k.organization_id = $1 and k.product_id = any($3::bigint[]) and k.ended_at is null))
order by h.id`,
);

const insertHolds = command("insert_holds", holdTable.insert);
const endedTable = table("hold", { ...id, ...end });
const endHolds = command("end_holds", endedTable.update);

/** The lock of the product locks its holds, too. */
export const storedHolds: StoredNoun<number, Hold> = {
  noun: holds,
  sequence: "hold_id_seq",

  async load({ sql, organizationId }, asked) {
    return [rows(holds, await readHolds(sql, organizationId, asked.keys(holds), asked.questions(holdsOf)))];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield* unlessEmpty(added, (all) => insertHolds(sql, organizationId, ...holdTable.arrays(all)));
    yield* unlessEmpty(changed, (all) => endHolds(sql, organizationId, ...endedTable.arrays(all)));
  },
};

const deleteHolds = cleanUp("delete_holds", {
  table: "hold",
  first: "-infinity",
  oldest: `select ctid, ends_at as key, ends_at < now() - make_interval(secs => $1) as is_over
  from hold where ends_at >= $2::timestamptz order by ends_at`,
});

/** Removes holds that were over for longer than this, the oldest first. Resolves with their number. */
export function deleteHoldsOlderThan(sql: SqlExecutor, ageMs: number, signal?: AbortSignal): Promise<number> {
  return deleteHolds(sql, [ageMs / 1000], signal);
}
