import assert from "node:assert/strict";
import { test } from "node:test";
import { addressedUrl } from "./base-url.ts";

function urlOf(host: string, protocol = "http", localAddress: string | undefined = "192.0.2.7"): string {
  const socket = { localAddress, localPort: 8080 };
  // The framework's request, as far as the function is declared to look at it.
  return addressedUrl({ host, protocol, raw: { socket } } as unknown as Parameters<typeof addressedUrl>[0]);
}

test("links begin with the scheme and the host by which the client knows the server", () => {
  assert.equal(urlOf("Shop.example.com"), "http://Shop.example.com");
  assert.equal(urlOf("shop.example.com:8443", "https"), "https://shop.example.com:8443");
  assert.equal(urlOf("[2001:db8::7]:80"), "http://[2001:db8::7]:80");
  assert.equal(urlOf("app_1:8080"), "http://app_1:8080");
});

test("a host that is none never gets into a link, nor a scheme that is not HTTP", () => {
  const hosts = [
    "",
    "shop.example.com/evil",
    "ada@evil.example.com",
    'evil.example.com"><script>',
    "evil.example.com?",
    "evil.example.com#",
    "evil.example.com\\",
    "evil example",
    "évil.example.com",
    "evil.example.com:port",
    "evil.example.com:123456",
    "[2001:db8::7",
    "[evil]",
    "-evil.example.com",
    `${"a".repeat(300)}.example.com`,
  ];
  for (const host of hosts) assert.equal(urlOf(host), "http://192.0.2.7:8080", host);
  for (const scheme of ["javascript", "https:", "https, http", ""]) {
    assert.equal(urlOf("shop.example.com", scheme), "http://shop.example.com", scheme);
  }
});

test("without a host a link leads to where the client is connected", () => {
  assert.equal(urlOf("", "http", "::ffff:192.0.2.7"), "http://192.0.2.7:8080");
  assert.equal(urlOf("", "http", "2001:db8::7"), "http://[2001:db8::7]:8080");
  assert.equal(urlOf("", "http", "fe80::1%eth0"), "http://[fe80::1]:8080");
});
