import assert from "node:assert/strict";
import { test } from "node:test";
import { principalOf } from "./caller.ts";

test("every caller has a name of its own, and callers who present nothing have one for each address", () => {
  const names = [
    principalOf({ kind: "anonymous" }, null),
    principalOf({ kind: "anonymous" }, "192.0.2.1"),
    principalOf({ kind: "anonymous" }, "192.0.2.11"),
    principalOf({ kind: "operator", operatorId: 1 }, null),
    principalOf({ kind: "operator", operatorId: 11 }, null),
    principalOf({ kind: "access_key", accessKeyId: 1 }, null),
    principalOf({ kind: "access_key", accessKeyId: 11 }, null),
  ];
  assert.equal(new Set(names).size, names.length);
  const operator = { kind: "operator", operatorId: 7 } as const;
  assert.equal(principalOf(operator, "192.0.2.1"), principalOf(operator, "192.0.2.2"), "wherever the caller is");
});
