import assert from "node:assert/strict";
import { test } from "node:test";
import { principalOf } from "./caller.ts";

test("every caller has a name of its own", () => {
  const names = [
    principalOf({ kind: "anonymous" }),
    principalOf({ kind: "operator", operatorId: 1 }),
    principalOf({ kind: "operator", operatorId: 11 }),
    principalOf({ kind: "access_key", accessKeyId: 1 }),
    principalOf({ kind: "access_key", accessKeyId: 11 }),
  ];
  assert.equal(new Set(names).size, names.length);
  assert.equal(principalOf({ kind: "operator", operatorId: 7 }), principalOf({ kind: "operator", operatorId: 7 }));
});
