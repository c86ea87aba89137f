import { canonicalGateName } from "../../core/gate.ts";
import type { GateQueries } from "../../queries/gates.ts";
import { gateColumns, toGate } from "../nouns/gate.ts";
import type { OnUnreadable } from "../nouns/setting.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";

const readNamed = query(
  "read_gate_named",
  gateColumns,
  `select ${gateColumns.sql} from gate g where g.organization_id = $1 and g.name = $2 and g.retired_at is null`,
);
const listGates = query(
  "list_gates",
  gateColumns,
  `select ${gateColumns.sql} from gate g where g.organization_id = $1 order by g.id`,
);

export function gateQueries(sql: SqlExecutor, secrets: Secrets, onUnreadable: OnUnreadable): GateQueries {
  return {
    async byName(organizationId, name) {
      const [row] = await readNamed(sql, organizationId, canonicalGateName(name));
      return row && toGate(row, organizationId, secrets, onUnreadable);
    },

    async all(organizationId) {
      const rows = await listGates(sql, organizationId);
      return rows.map((row) => toGate(row, organizationId, secrets, onUnreadable));
    },
  };
}
