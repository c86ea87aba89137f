import assert from "node:assert/strict";
import { test } from "node:test";
import { operatorRoles } from "../core/operator.ts";
import { permissions } from "../core/permission.ts";
import { may, type Principal } from "../core/principal.ts";
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
  permission          | owner | administrator | accountant | reseller | access key | customer | terminal | job | anonymous
  manage_products     | yes   | yes           | no         | no       | no         | no       | yes      | no  | no
  manage_entitlements | yes   | yes           | no         | no       | no         | no       | yes      | no  | no
  read_entitlements   | yes   | yes           | yes        | no       | no         | no       | yes      | no  | no
  read_log            | yes   | yes           | yes        | no       | no         | no       | yes      | no  | no
  redeem              | yes   | yes           | no         | no       | yes        | no       | yes      | no  | no
  sell                | yes   | yes           | yes        | yes      | no         | no       | yes      | no  | no
  refund              | yes   | yes           | yes        | yes      | no         | no       | yes      | no  | no
  manage_stock        | yes   | yes           | yes        | yes      | no         | no       | yes      | no  | no
  read_customers      | yes   | yes           | yes        | yes      | no         | no       | yes      | no  | no
  manage_customers    | yes   | yes           | no         | no       | no         | no       | yes      | no  | no
  manage_settings     | yes   | yes           | no         | no       | no         | no       | yes      | no  | no
  manage_operators    | yes   | no            | no         | no       | no         | no       | yes      | no  | no
  manage_organizations| yes   | no            | no         | no       | no         | no       | yes      | no  | no
  use_entitlements    | yes   | yes           | no         | no       | no         | yes      | yes      | no  | no
  deliver_content     | yes   | yes           | no         | no       | no         | no       | yes      | yes | no
  create_tokens       | yes   | yes           | yes        | yes      | no         | no       | yes      | no  | no
`;

test("a principal may do what this table says, and nothing else", () => {
  const principals: Record<string, Principal> = {
    ...Object.fromEntries(operatorRoles.map((role) => [role, operatorPrincipal({ id: 1, login: "x", role })])),
    "access key": accessKeyPrincipal({ id: 1 }),
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
  assert.deepEqual(operatorRoles.map(scopeOf), [null, null, null, 7]);
});

test("what is granted comes on top, and leaves the principal what it is", () => {
  const gate = accessKeyPrincipal({ id: 5 });
  const more = granted(gate, ["sell"]);
  assert.deepEqual({ ...more, permissions: [...more.permissions] }, { ...gate, permissions: ["redeem", "sell"] });
  assert.deepEqual([...gate.permissions], ["redeem"]);
});
