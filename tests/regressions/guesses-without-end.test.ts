/**
 * Attack: the throttle was asked after the look-up, so that a right guess was honoured however many wrong ones went
 * before: a secret of six digits fell in 38 s, an apikey of four characters in 25 s. IPv6 addresses were counted one by
 * one; a stranger's ten wrong passwords locked the owner of an account out; names of 60 KB filled the memory.
 *
 * Guarantee: after so many wrong guesses of anything from one address prefix (an IPv4 address, an IPv6 /64), further
 * ones are refused unseen, the right one too. From many prefixes no more are looked at than the limits say. A rightful
 * client is served in the middle of it, both where it was right before and at an address that made no mistake. What is
 * counted is bounded in number and length.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuthenticator } from "../../src/access/identify.ts";
import { createEvent, openTestEngine } from "../support/engine.ts";
import { guess, heapBytes, openTargets, originsOf, right } from "../support/guessing.ts";

const guesses = 1_500;
const heapGrowthMaxBytes = 20 * 1024 * 1024;

test("guesses of anything, from anywhere, are as slow as the limits say, and rightful clients are served", async (t) => {
  for (const { name, prefixes, at } of originsOf(10)) {
    for (const target of await openTargets(await openTestEngine(t))) {
      const what = `${target.name} from ${name}`;
      const outcome = await guess(target, at, guesses);
      assert.ok(outcome.looked <= target.maxFrom(prefixes), `${what}: ${outcome.looked} were looked at`);
      assert.ok(outcome.looked > 0, what);
      assert.equal(outcome.looked + outcome.throttled, guesses, what);
      assert.equal(outcome.known, "right", `${what}: a client that is known at its address`);
      assert.equal(outcome.fresh, "right", `${what}: a client at an address that made no mistake`);
      // Passwords that find no turn are not looked at, so that a prefix may have attempts left.
      if (!/password/.test(target.name)) {
        if (prefixes === 1) assert.equal(outcome.looked, target.maxFrom(1), what);
        assert.equal(outcome.last, "throttled", `${what}: the right guess at the end`);
      }
      assert.ok(outcome.heapBytes < heapGrowthMaxBytes, `${what}: ${outcome.heapBytes} bytes more are in use`);
    }
  }
});

test("a client that mistypes once in the middle of an attack is still heard", async (t) => {
  const targets = await openTargets(await openTestEngine(t));
  for (const target of targets.filter(({ name }) => /secret|password/.test(name))) {
    for (let host = 0; host < 60; host++) await target.present("wrong", `10.9.0.${host}`);
    assert.equal(await target.present("mistyped", "192.0.2.7"), "wrong", target.name);
    assert.equal(await target.present(right, "192.0.2.7"), "right", target.name);
  }
});

test("names, keys and passwords of 60 KB take no room", async (t) => {
  const { organizationId, queries, execute } = await openTestEngine(t);
  await execute(createEvent({ accessKeys: ["GATE1"] }, 1));
  const authenticator = createAuthenticator(queries, { now: () => 0 });
  const before = heapBytes();
  for (let turn = 0; turn < 2_000; turn++) {
    const long = `${turn} ${"x".repeat(60_000)}`;
    const from = `10.9.${turn >> 8}.${turn & 255}`;
    await authenticator.identify(organizationId, { accessKeys: [long], token: long }, from);
    await authenticator.identifySigner(organizationId, long, from, () => "wrong");
    await authenticator.identifyKeyHolder(organizationId, [long], long, from);
    await authenticator.identify(organizationId, { accessKeys: [`${" ".repeat(turn % 900)}GATE1`] }, from);
  }
  const grown = heapBytes() - before;
  assert.ok(grown < heapGrowthMaxBytes, `${grown} bytes more are in use`);
});
