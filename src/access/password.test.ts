import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword, passwordLengthMax, verifyPassword } from "./password.ts";

test("a password fits its own hash and no other does", async () => {
  const hash = await hashPassword("open sesame");
  assert.equal(await verifyPassword("open sesame", hash), true);
  for (const wrong of ["", "open sesam", "open sesame ", "Open sesame", "open sesame\0"]) {
    assert.equal(await verifyPassword(wrong, hash), false, JSON.stringify(wrong));
  }
});

test("a hash is argon2id with 19 MiB and two passes, and salted: the same password never has it twice", async () => {
  const [one, other] = await Promise.all([hashPassword("open sesame"), hashPassword("open sesame")]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(one, other);
});

test("a letter with an accent is the same however the keyboard composes it", async () => {
  const hash = await hashPassword("caf\u00e9");
  assert.equal(await verifyPassword("cafe\u0301", hash), true);
});

test("a password of the greatest length is checked, a longer one is wrong without being hashed", async () => {
  const longest = "x".repeat(passwordLengthMax);
  const hash = await hashPassword(longest);
  assert.equal(await verifyPassword(longest, hash), true);
  // What is no hash at all is only noticed by whoever looks at it.
  await assert.rejects(verifyPassword(longest, "no hash"));
  assert.equal(await verifyPassword(`${longest}x`, "no hash"), false);
});
