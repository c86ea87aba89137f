import assert from "node:assert/strict";
import { test } from "node:test";
import { addressPrefixOf } from "./address-prefix.ts";

test("an IPv4 address is a prefix of its own, however it is written", () => {
  assert.deepEqual(addressPrefixOf("192.0.2.1"), { name: "192.0.2.1", network: undefined });
  assert.deepEqual(addressPrefixOf("::ffff:192.0.2.1"), addressPrefixOf("192.0.2.1"));
  assert.notEqual(addressPrefixOf("192.0.2.2").name, addressPrefixOf("192.0.2.1").name);
});

test("an IPv6 address is the prefix of its first 64 bits in the network of its first 48", () => {
  const cases: readonly [address: string, name: string, network: string][] = [
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"],
    ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64", "2001:db8:1::/48"],
    ["2001:db8:1::1", "2001:db8:1:0::/64", "2001:db8:1::/48"],
    ["2001:db8::1:0:0:1", "2001:db8:0:0::/64", "2001:db8:0::/48"],
    ["::1", "0:0:0:0::/64", "0:0:0::/48"],
    ["::", "0:0:0:0::/64", "0:0:0::/48"],
    ["fe80::1%eth0", "fe80:0:0:0::/64", "fe80:0:0::/48"],
  ];
  for (const [address, name, network] of cases) assert.deepEqual(addressPrefixOf(address), { name, network }, address);
});

test("text that is no address is a short prefix of its own", () => {
  assert.deepEqual(addressPrefixOf(""), { name: "", network: undefined });
  for (const text of ["x".repeat(100_000), ":".repeat(100_000), "a:".repeat(50_000)]) {
    assert.ok(addressPrefixOf(text).name.length < 100);
  }
});
