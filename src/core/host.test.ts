import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalHost } from "./host.ts";

test("a host is the same in any case and with a dot at its end", () => {
  for (const text of ["tickets.example.com", "Tickets.EXAMPLE.com", "tickets.example.com."]) {
    assert.equal(canonicalHost(text), "tickets.example.com");
  }
  assert.equal(canonicalHost("[2001:DB8::1]"), "[2001:db8::1]");
  assert.equal(canonicalHost("192.0.2.1"), "192.0.2.1");
});

test("what is no name of a host is none", () => {
  const longest = `${"a".repeat(249)}.com`;
  assert.equal(canonicalHost(longest), longest);
  assert.equal(canonicalHost(`${longest}.`), longest);
  const others = [
    "",
    ".",
    "-a",
    "a b",
    "a/b",
    "a:80",
    "ä.example.com",
    "[::1]:80",
    "a\0",
    `a${longest}`,
    "a".repeat(15_000),
  ];
  for (const text of others) assert.equal(canonicalHost(text), undefined, text.slice(0, 20));
});
