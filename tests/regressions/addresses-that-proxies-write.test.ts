/**
 * Faults: an address with a port in `X-Forwarded-For` was taken for none, and every caller for the proxy, so that one
 * guesser shut out all; behind two proxies links led to the inner one.
 *
 * Guarantee: addresses are understood as proxies write them, each entry believed only from a proxy that is trusted; the
 * host and the scheme are those of the client's own request.
 */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { hostnameOf, senders } from "../../src/http/address.ts";

const trusted = ["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"];

/** What is found out of a request with these headers that came from this address. */
function sender(headers: Readonly<Record<string, string>>, remoteAddress = "127.0.0.1", proxies = trusted) {
  // Nothing else of a request is looked at.
  return senders(proxies)({
    headers: { host: "inner:8080", ...headers },
    socket: { remoteAddress },
  } as unknown as IncomingMessage);
}

const addressOf = (forwarded: string, remoteAddress?: string) =>
  sender({ "x-forwarded-for": forwarded }, remoteAddress).address;

test("an address is read in every notation", () => {
  const table: [entry: string, address: string][] = [
    ["203.0.113.5", "203.0.113.5"],
    ["203.0.113.5:51234", "203.0.113.5"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ['"[2001:db8::1]:443"', "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:203.0.113.5", "203.0.113.5"],
    ["[::ffff:203.0.113.5]:1", "203.0.113.5"],
    ["  203.0.113.5:1  ", "203.0.113.5"],
  ];
  for (const [entry, address] of table) assert.equal(addressOf(entry), address, entry);
});

test("what is no address leaves the proxy's own", () => {
  for (const entry of [
    "",
    "unknown",
    "_hidden",
    "203.0.113.5:",
    "203.0.113.500",
    "[2001:db8::1",
    "', drop table",
    "a:1",
  ]) {
    assert.equal(addressOf(entry), "127.0.0.1", entry);
  }
});

test("of a list the last that is no trusted proxy counts, or the first", () => {
  assert.equal(addressOf("198.51.100.9, 203.0.113.5:1, 10.0.0.3:443"), "203.0.113.5");
  assert.equal(addressOf("198.51.100.9, 203.0.113.5:1, [2001:db8:1::3]:443, 10.0.0.3"), "203.0.113.5");
  assert.equal(addressOf("10.0.0.9:5, 10.0.0.3:443"), "10.0.0.9");
  assert.equal(addressOf("203.0.113.5, unknown, 10.0.0.3"), "10.0.0.3", "nothing behind what cannot be read");
});

test("nobody is believed who is not trusted", () => {
  const forged = { "x-forwarded-for": "203.0.113.5:1", "x-forwarded-host": "evil", "x-forwarded-proto": "https" };
  for (const [address, proxies] of [
    ["198.51.100.9", trusted],
    ["127.0.0.1", []],
    ["::ffff:198.51.100.9", trusted],
  ] as const) {
    const expected = { address: address.replace("::ffff:", ""), host: "inner:8080", protocol: "http" };
    assert.deepEqual(sender(forged, address, [...proxies]), expected);
  }
  assert.equal(addressOf("203.0.113.5", "::ffff:10.0.0.3"), "203.0.113.5", "an IPv4 address on an IPv6 socket");
});

test("host and scheme are those of the client's own request", () => {
  const told = (forwarded: string, host: string, proto: string) => {
    const headers = { "x-forwarded-for": forwarded, "x-forwarded-host": host, "x-forwarded-proto": proto };
    const found = sender(headers);
    return `${found.protocol}://${found.host}`;
  };
  assert.equal(told("203.0.113.5", "shop.example.com", "https"), "https://shop.example.com");
  assert.equal(told("203.0.113.5, 10.0.0.3", "shop.example.com, inner", "https, http"), "https://shop.example.com");
  assert.equal(told("203.0.113.5:1, 10.0.0.3:2", "shop.example.com", "https"), "https://shop.example.com");
  assert.equal(
    told("203.0.113.5, 10.0.0.3", "evil.example.com, shop.example.com, inner", "http, https, http"),
    "https://shop.example.com",
  );
  assert.equal(
    told("198.51.100.9, 203.0.113.5", "evil.example.com, shop.example.com", "http, https"),
    "https://shop.example.com",
  );
  assert.equal(told("", "shop.example.com", ""), "http://shop.example.com");
  assert.equal(told("203.0.113.5", "", ""), "http://inner:8080");
});

test("an organization is found by the host without its port", () => {
  for (const [host, name] of [
    ["shop.example.com:8080", "shop.example.com"],
    ["shop.example.com", "shop.example.com"],
    ["[2001:db8::1]:80", "[2001:db8::1]"],
    ["", ""],
  ] as const) {
    assert.equal(hostnameOf(host), name);
  }
});
