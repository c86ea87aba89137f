import assert from "node:assert/strict";
import { test } from "node:test";
import { isMailAddress, parseMailbox } from "./mailbox.ts";

test("an address is one name at one domain, in any script", () => {
  for (const address of [
    "buyer@example.com",
    "a.b+c@mail.example.com",
    "root@localhost",
    "ääkkönen@example.com",
    `${"ä".repeat(32)}@example.com`,
  ]) {
    assert.equal(isMailAddress(address), true, address);
  }
});

test("what a mail server could read as two addresses, a header or nothing is no address", () => {
  const wrong = [
    "",
    "buyer",
    "@example.com",
    "buyer@",
    "buyer@example..com",
    "buyer@@example.com",
    "a@example.com,b@example.com",
    "a@example.com b@example.com",
    "a@example.com;b@example.com",
    "Buyer <buyer@example.com>",
    "buyer@example.com\r\nBcc: other@example.com",
    "buyer\r\n@example.com",
    "buyer@example.com\n",
    "buyer\u0000@example.com",
    "buyer\u202e@example.com",
    '"a b"@example.com',
    "buyer@[127.0.0.1]",
    `${"a".repeat(65)}@example.com`,
    `a@${"b".repeat(254)}`,
    `a@${"b".repeat(64)}.example`,
    `a@${`${"b".repeat(60)}.`.repeat(5)}example`,
    `${"ä".repeat(33)}@example.com`,
    "be\u0007ll@example.com",
    "buyer\u200b@example.com",
    "buyer@exam/ple.com",
    "buyer@example!.com",
    "buyer@exa+mple.com",
    "buyer@example.co'm",
    "buyer@-example.com",
    "buyer@example-.com",
    "buyer@example.com.",
  ];
  for (const text of wrong) assert.equal(isMailAddress(text), false, JSON.stringify(text));
});

test("a mailbox is an address with or without a name", () => {
  assert.deepEqual(parseMailbox("shop@example.com"), { name: "", address: "shop@example.com" });
  assert.deepEqual(parseMailbox(" Card Shop <shop@example.com> "), { name: "Card Shop", address: "shop@example.com" });
  assert.deepEqual(parseMailbox('"Cards, Inc." <shop@example.com>'), {
    name: "Cards, Inc.",
    address: "shop@example.com",
  });
  for (const text of ["", "Shop", "Shop <shop>", "Shop <a@example.com> <b@example.com>", "Shop\n<a@example.com>"]) {
    assert.equal(parseMailbox(text), undefined, JSON.stringify(text));
  }
});
