import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword, verifyPassword } from "./password.ts";
import { createPasswordCheck, hashesAtOnceMax, waitingHashesMax, waitingHashesPerPrefixMax } from "./password-check.ts";

const account = "anna";

async function open() {
  const passwordHash = await hashPassword("open sesame");
  const check = createPasswordCheck();
  const verify = (password: string, prefix: string, isWanted = () => true) =>
    check.verify({ account, passwordHash, password }, { organizationId: 1, prefix, rank: 1 }, isWanted);
  return { check, passwordHash, verify };
}

test("of passwords that arrive all at once no more are hashed than may wait, and few of one prefix", async () => {
  const { verify } = await open();
  const hashedOf = async (prefix: (turn: number) => string) => {
    const verdicts = await Promise.all(Array.from({ length: 200 }, (_, turn) => verify(`wrong ${turn}`, prefix(turn))));
    return verdicts.filter((verdict) => verdict === false).length;
  };
  assert.equal(await hashedOf((turn) => `prefix ${turn}`), hashesAtOnceMax + waitingHashesMax);
  assert.equal(await hashedOf(() => "one prefix"), hashesAtOnceMax + waitingHashesPerPrefixMax);
});

test("the same password is hashed once, however many present it at once", async () => {
  const { verify } = await open();
  const verdicts = await Promise.all(Array.from({ length: 200 }, (_, turn) => verify("open sesame", `prefix ${turn}`)));
  assert.deepEqual(new Set(verdicts), new Set([true]));
});

test("a password that is not wanted any more when its turn comes is not hashed", async () => {
  const { check, passwordHash, verify } = await open();
  assert.equal(await verifyPassword("open sesame", passwordHash), true);
  assert.equal(await verify("open sesame", "prefix", () => false), "refused");
  assert.equal(check.wasVerified(account, passwordHash, "open sesame"), false);
});
