/**
 * Attack or accident: the clock of the day is set back by an hour. What was remembered of a credential was then
 * believed for an hour longer, so that a token that was revoked, a password that was changed and an operator who was
 * disabled were still good.
 *
 * Guarantee: what is remembered ages on a clock that never goes back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { staleMaxMs } from "../../src/access/authenticator.ts";
import { createAuthenticator } from "../../src/access/identify.ts";
import { hashPassword } from "../../src/access/password.ts";
import { createEvent, openTestEngine } from "../support/engine.ts";

test("what was withdrawn is refused within its time, though the clock was set back by an hour", async (t) => {
  const { administration, execute, organizationId, queries } = await openTestEngine(t);
  const authenticator = createAuthenticator(queries);
  const passwordHash = await hashPassword("open sesame");
  const operatorId = await administration.putOperator(organizationId, { login: "anna", passwordHash, role: "owner" });
  await administration.putOperator(organizationId, { login: "ben", passwordHash, role: "administrator" });
  await administration.putToken(organizationId, { operatorId, token: "a token", expiresAtMs: null });
  await execute(createEvent({ accessKeys: ["GATE1"] }, 1));
  const all = [{ token: "a token" }, { login: { name: "ben", password: "open sesame" } }, { accessKeys: ["GATE1"] }];
  const found = () =>
    Promise.all(
      all.map(async (credentials) => {
        const identity = await authenticator.identify(organizationId, credentials, "192.0.2.1");
        return typeof identity === "string" ? identity : "known";
      }),
    );
  assert.deepEqual(await found(), ["known", "known", "known"]);

  const nowMs = Date.now();
  t.mock.timers.enable({ apis: ["Date"], now: nowMs - 3_600_000 });
  await administration.revokeToken(organizationId, "a token");
  await administration.setOperatorDisabled(organizationId, "ben", true);
  await execute({ verb: "change_product", productId: 1, terms: { accessKeys: ["GATE2"] } });
  await pause(staleMaxMs + 50);
  assert.deepEqual(await found(), ["credentials_wrong", "credentials_wrong", "credentials_wrong"]);
});
