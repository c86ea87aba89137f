import {
  activeOwners,
  anyOperator,
  type OperatorAccount,
  type OperatorRole,
  operators,
  operatorsNumbered,
  type Possessions,
  possessions,
} from "../../core/operator.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking, query } from "../statement.ts";
import { bigint, boolean, columns, nullable, table, text, time } from "../table.ts";
import { numberedInsert, type StoredNoun, unlessEmpty } from "./stored.ts";

const id = { id: bigint() };
const login = { login: text() };
const changing = { passwordHash: text(), role: text<OperatorRole>(), disabledAtMs: nullable(time()) };

const operatorTable = table("operator", { ...id, ...login, ...changing });
const operatorColumns = columns(operatorTable.in("o"));

// By login or number; with $3 also the owners that are not disabled, with $4 all operators.
const lockOperators = locking(
  "lock_operators",
  operatorColumns,
  "o",
  (lock) => `select ${operatorColumns.sql} from operator o
where o.organization_id = $1
  and (o.login = any($2::text[]) or $3 and o.role = 'owner' and o.disabled_at is null or $4 or o.id = any($5::bigint[]))
order by o.id ${lock}`,
);

const insertOperators = command(
  "insert_operators",
  numberedInsert(`${operatorTable.insert}\norder by n.login collate "C"`, "operator_id_seq"),
);

const changedTable = table("operator", { ...id, ...changing });
const updateOperators = command("update_operators", changedTable.update);

/** Removes operators with their tokens and settings. */
const deleteOperators = command(
  "delete_operators",
  "delete from operator where organization_id = $1 and login = any($2::text[])",
);

export const storedOperators: StoredNoun<string, OperatorAccount> = {
  noun: operators,
  sequence: "operator_id_seq",
  locksRows: true,
  removesRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const found = await lockOperators[lock](
      sql,
      organizationId,
      asked.keys(operators),
      asked.questions(activeOwners).length > 0,
      asked.questions(anyOperator).length > 0,
      asked.questions(operatorsNumbered),
    );
    return [rows(operators, found)];
  },

  *write({ sql, organizationId }, { added, changed, removed }) {
    yield* unlessEmpty(removed, (logins) => deleteOperators(sql, organizationId, logins));
    yield* unlessEmpty(changed, (all) => updateOperators(sql, organizationId, ...changedTable.arrays(all)));
    yield* unlessEmpty(added, (all) => insertOperators(sql, organizationId, ...operatorTable.arrays(all)));
  },
};

const possessionColumns = columns({
  login: text("o.login"),
  isEmpty: boolean(`not exists (select from product p where p.organization_id = $1 and p.owner_operator_id = o.id)
  and not exists (select from customer c where c.organization_id = $1 and c.owner_operator_id = o.id)`),
});
const readPossessions = query(
  "read_possessions",
  possessionColumns,
  `select ${possessionColumns.sql}
from operator o where o.organization_id = $1 and o.login = any($2::text[])`,
);

export const storedPossessions: StoredNoun<string, Possessions> = {
  noun: possessions,

  async load({ sql, organizationId }, asked) {
    return [rows(possessions, await readPossessions(sql, organizationId, asked.keys(possessions)))];
  },
};
