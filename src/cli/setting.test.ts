import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../../tests/support/app.ts";
import { addOperator } from "../../tests/support/mor.ts";
import { openTerminal } from "../../tests/support/terminal.ts";

test("settings are listed and set, a reseller's own too, and a key is never shown", async (context) => {
  const app = await startTestApp(context);
  await addOperator(app, "shop", "reseller");
  await addOperator(app, "boss", "administrator");
  const terminal = openTerminal(app);
  const setting = async (...parameters: string[]) => {
    const { out, error } = await terminal.end("setting", ...parameters);
    return out + error;
  };

  assert.equal(await setting("set", "mor.secret", "hush-hush-hush-hush"), "mor.secret = (set)\n");
  assert.equal(
    await setting("set", "mor.secret", "theirs-and-no-others", "--reseller", "shop"),
    "mor.secret = (set)\n",
  );
  assert.equal(await setting("set", "mor.api", "on", "--reseller", "shop"), "mor.api = on\n");
  const house = await setting("list");
  assert.match(house, /^mor\.api = off \(default\)\n {2}one of on, off$/m);
  assert.match(house, /^mor\.secret = \(set\)\n {2}API secret key/m);
  const own = await setting("list", "--reseller", "shop");
  assert.match(own, /^mor\.api = on$/m);
  assert.match(own, /^mor\.secret = \(set\)$/m);
  assert.doesNotMatch(own, /mor\.quantityMax|nokkis/);
  assert.doesNotMatch(house + own, /hush-hush|theirs-and/);

  assert.match(await setting("set", "mor.secret", "456789"), /^mor\.secret must be 16 to 255 .* draws one\.\n$/);
  const [shown, drawn] = (await setting("draw", "mor.secret", "--reseller", "shop")).split("\n");
  assert.equal(shown, "mor.secret = (set)");
  assert.match(drawn ?? "", /^[\w-]{32}$/);
  assert.match(await setting("draw", "mor.api"), /^mor\.api is no secret/);

  assert.equal(await setting("set", "mor.api", "maybe"), "mor.api must be one of: on, off.\n");
  assert.equal(
    await setting("set", "mor.quantityMax", "5", "--reseller", "shop"),
    "Resellers have no mor.quantityMax of their own.\n",
  );
  assert.match(await setting("set", "mor.api", "on", "--reseller", "boss"), /^There is no reseller boss\./);
});
