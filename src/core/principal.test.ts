import assert from "node:assert/strict";
import { test } from "node:test";
import { type PrincipalKind, principalName } from "./principal.ts";

function nameOf(kind: PrincipalKind, id: number | null, address: string | null = null): string {
  return principalName({ kind, id, permissions: new Set(), ownerScope: null, gateId: null }, address);
}

test("every principal has a name of its own, and those who present nothing have one for each address", () => {
  const names = [
    nameOf("anonymous", null),
    nameOf("anonymous", null, "192.0.2.1"),
    nameOf("anonymous", null, "192.0.2.11"),
    nameOf("terminal", null),
    nameOf("job", null),
    ...(["operator", "access_key", "customer"] as const).flatMap((kind) => [nameOf(kind, 1), nameOf(kind, 11)]),
  ];
  assert.equal(new Set(names).size, names.length);
  assert.equal(nameOf("operator", 7, "192.0.2.1"), nameOf("operator", 7, "192.0.2.2"), "wherever it calls from");
});

test("names stay what they are, since answers are kept under them", () => {
  assert.equal(nameOf("anonymous", null), "anonymous");
  assert.equal(nameOf("anonymous", null, "192.0.2.1"), "anonymous:192.0.2.1");
  assert.equal(nameOf("operator", 7, "192.0.2.1"), "operator:7");
  assert.equal(nameOf("access_key", 3, "192.0.2.1"), "access_key:3");
});
