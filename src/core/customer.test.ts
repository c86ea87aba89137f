import assert from "node:assert/strict";
import { test } from "node:test";
import { customerIdentity } from "./customer.ts";

test("e-mail addresses are the same in any case, other names only to the letter, blanks around never count", () => {
  const same = (a: string, b: string) => customerIdentity(a) === customerIdentity(b);
  assert.ok(same("Anna@Example.com", "anna@EXAMPLE.COM"));
  assert.ok(same("  anna@example.com\t", "anna@example.com"));
  assert.ok(same(" Member 7 ", "Member 7"));
  assert.ok(!same("Member 7", "member 7"));
  assert.ok(!same("Member 7", "Member  7"));
  assert.ok(!same("anna@example.com", "anna@example.org"));
});

test("names are the same whether their accents are composed or signs of their own", () => {
  for (const name of ["jos\u00e9@example.com", "JOS\u00c9@example.com", "\u00c5bo", "\ud55c\uae00", "\u1e9b\u0323"]) {
    assert.equal(customerIdentity(name.normalize("NFD")), customerIdentity(name), name);
  }
  assert.notEqual(customerIdentity("\uff21"), customerIdentity("A"), "a wide letter is another one");
});
