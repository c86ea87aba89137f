import assert from "node:assert/strict";
import { test } from "node:test";
import { type GateRight, gateRights } from "../core/gate.ts";
import { type OperatorRole, operatorRoles } from "../core/operator.ts";
import { type Permission, permissions } from "../core/permission.ts";
import { may, type Principal } from "../core/principal.ts";
import { verbs } from "../core/verbs/index.ts";
import {
  accessKeyPrincipal,
  anonymous,
  customerPrincipal,
  granted,
  job,
  operatorPrincipal,
  terminal,
} from "./principals.ts";

const table = `
  permission           | owner | administrator | accountant | reseller | auditor | steward | access key | customer | terminal | job | anonymous
  manage_products      | yes   | yes           | no         | no       | no      | no      | no         | no       | yes      | no  | no
  read_products        | yes   | yes           | no         | no       | yes     | no      | no         | no       | yes      | no  | no
  manage_entitlements  | yes   | yes           | no         | no       | no      | no      | no         | no       | yes      | no  | no
  read_entitlements    | yes   | yes           | yes        | no       | yes     | yes     | no         | no       | yes      | no  | no
  see_names            | yes   | yes           | yes        | no       | yes     | yes     | yes        | no       | yes      | no  | no
  read_log             | yes   | yes           | yes        | no       | yes     | no      | no         | no       | yes      | no  | no
  redeem               | yes   | yes           | no         | no       | no      | yes     | yes        | no       | yes      | no  | no
  undo                 | yes   | yes           | no         | no       | no      | yes     | no         | no       | yes      | no  | no
  hold                 | yes   | yes           | yes        | no       | no      | no      | no         | no       | yes      | no  | no
  suspend              | yes   | yes           | no         | no       | no      | no      | no         | no       | yes      | no  | no
  transfer             | yes   | yes           | no         | no       | no      | no      | no         | no       | yes      | no  | no
  reissue              | yes   | yes           | no         | no       | no      | no      | no         | no       | yes      | no  | no
  sell                 | yes   | yes           | yes        | yes      | no      | no      | no         | no       | yes      | no  | no
  refund               | yes   | yes           | yes        | yes      | no      | no      | no         | no       | yes      | no  | no
  manage_stock         | yes   | yes           | yes        | yes      | no      | no      | no         | no       | yes      | no  | no
  read_stock           | yes   | yes           | yes        | yes      | yes     | no      | no         | no       | yes      | no  | no
  see_secrets          | yes   | yes           | yes        | yes      | no      | no      | no         | no       | yes      | no  | no
  read_customers       | yes   | yes           | yes        | yes      | yes     | no      | no         | no       | yes      | no  | no
  manage_customers     | yes   | yes           | no         | no       | no      | no      | no         | no       | yes      | no  | no
  read_settings        | yes   | yes           | no         | no       | yes     | no      | no         | no       | yes      | no  | no
  manage_settings      | yes   | yes           | no         | no       | no      | no      | no         | no       | yes      | no  | no
  manage_operators     | yes   | no            | no         | no       | no      | no      | no         | no       | yes      | no  | no
  manage_organizations | yes   | no            | no         | no       | no      | no      | no         | no       | yes      | no  | no
  use_entitlements     | yes   | yes           | no         | no       | no      | no      | no         | yes      | yes      | no  | no
  deliver_content      | yes   | yes           | no         | no       | no      | no      | no         | no       | yes      | yes | no
  create_tokens        | yes   | yes           | yes        | yes      | no      | no      | no         | no       | yes      | no  | no
`;

test("a principal may do what this table says, and nothing else", () => {
  const principals: Record<string, Principal> = {
    ...Object.fromEntries(operatorRoles.map((role) => [role, operatorPrincipal({ id: 1, login: "x", role })])),
    "access key": accessKeyPrincipal({ id: 1, gate: null }),
    customer: customerPrincipal({ id: 1 }),
    terminal,
    job,
    anonymous,
  };
  const [head = [], ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  assert.deepEqual(head.slice(1), Object.keys(principals));
  assert.deepEqual(
    rows.map(([permission]) => permission),
    [...permissions],
  );
  for (const [index, permission] of permissions.entries()) {
    const answers = Object.values(principals).map((principal) => (may(principal, permission) ? "yes" : "no"));
    assert.deepEqual(answers, rows[index]?.slice(1), permission);
  }
});

test("a reseller sees its own customers and products, everybody else those of the house", () => {
  const scopeOf = (role: (typeof operatorRoles)[number]) => operatorPrincipal({ id: 7, login: "x", role }).ownerScope;
  assert.deepEqual(operatorRoles.map(scopeOf), [null, null, null, 7, null, null]);
});

test("what is granted comes on top, and leaves the principal what it is", () => {
  const key = accessKeyPrincipal({ id: 5, gate: null });
  const more = granted(key, ["sell"]);
  const permissions = ["redeem", "see_names", "sell"];
  assert.deepEqual({ ...more, permissions: [...more.permissions] }, { ...key, permissions });
  assert.deepEqual([...key.permissions], ["redeem", "see_names"]);
});

test("an access key that stands at a gate redeems there, and has the rights of the gate and no other", () => {
  const table: readonly (readonly [readonly GateRight[], readonly Permission[]])[] = [
    [[], ["redeem"]],
    [["search"], ["redeem", "read_entitlements"]],
    [["see_names"], ["redeem", "see_names"]],
    [["undo"], ["redeem", "undo"]],
    [gateRights, ["redeem", "read_entitlements", "see_names", "undo"]],
  ];
  for (const [rights, expected] of table) {
    const { gateId, permissions: given } = accessKeyPrincipal({ id: 5, gate: { id: 3, rights } });
    assert.equal(gateId, 3);
    assert.deepEqual([...given], expected);
  }
});

test("an auditor is refused by every verb, and a steward by all but those of a gate", () => {
  const verbsOf = (role: OperatorRole) => {
    const principal = operatorPrincipal({ id: 1, login: "x", role });
    return Object.values(verbs)
      .filter(({ permission }) => [permission].flat().some((one) => may(principal, one)))
      .map(({ name }) => name);
  };
  assert.deepEqual(verbsOf("auditor"), []);
  const ofGates = Object.keys(verbs).filter((name) => name === "redeem" || name === "undo");
  assert.deepEqual(verbsOf("steward"), ofGates);
});
