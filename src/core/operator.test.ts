import assert from "node:assert/strict";
import { test } from "node:test";
import { mayOperator, operatorRoles, type Permission, permissions } from "./operator.ts";

const table = `
  role          | manage_products | manage_entitlements | read_entitlements | read_log | redeem | sell | manage_stock | read_customers
  owner         | yes             | yes                 | yes               | yes      | yes    | yes  | yes          | yes
  administrator | yes             | yes                 | yes               | yes      | yes    | yes  | yes          | yes
  accountant    | no              | no                  | yes               | yes      | no     | yes  | yes          | yes
  reseller      | no              | no                  | no                | no       | no     | yes  | yes          | yes
`;

test("a role may do what this table says, and nothing else", () => {
  const [head = [], ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  assert.deepEqual(head.slice(1), [...permissions]);
  assert.deepEqual(
    rows.map(([role]) => role),
    [...operatorRoles],
  );
  for (const [index, role] of operatorRoles.entries()) {
    const may = (permission: Permission) => (mayOperator({ id: 1, login: "x", role }, permission) ? "yes" : "no");
    assert.deepEqual(permissions.map(may), rows[index]?.slice(1), role);
  }
});
