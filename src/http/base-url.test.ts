import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import pino from "pino";
import type { Dialect } from "../dialects/dialect.ts";
import type { Queries } from "../queries/queries.ts";
import { addressedUrl } from "./base-url.ts";
import { createMetrics } from "./metrics.ts";
import { createServer } from "./server.ts";

function urlOf(host: string, protocol = "http", localAddress: string | undefined = "192.0.2.7"): string {
  return addressedUrl({ host, protocol }, { localAddress, localPort: 8080 });
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

describe("what a handler is told", () => {
  const organizations = new Map([["second.example.com", 2]]);
  /** Serves the base URL of each request; the second organization has a host of its own. */
  function serve(options: { publicUrl?: string; trustedProxies?: readonly string[] } = {}) {
    const dialect: Dialect = {
      name: "probe",
      prefixes: ["/probe"],
      bodyBytesMax: 1,
      routes: [
        {
          method: "GET",
          path: "/probe",
          clause: "",
          handle: async ({ baseUrl }) => ({ status: 200, headers: {}, body: baseUrl, compressible: false }),
        },
      ],
      settings: [],
      fault: (_fault, _organization, path) => ({ status: 404, headers: {}, body: path, compressible: false }),
    };
    const queries: Pick<Queries, "organizations"> = {
      organizations: {
        idOf: async (host) => organizations.get(host),
        byId: async (id) => ({ id, name: "", settings: new Map() }),
        hosts: async () => [],
        list: async () => ({ rows: [], next: undefined }),
      },
    };
    const server = createServer({
      dialects: [dialect],
      // Nothing but the organization is asked for.
      queries: queries as Queries,
      engine: {} as never,
      authenticator: {} as never,
      codeGuesses: {} as never,
      downloads: {} as never,
      signingKeys: {} as never,
      logFeed: {} as never,
      organizationSettings: [],
      keyedHash: () => Buffer.alloc(32),
      log: pino({ level: "silent" }),
      metrics: createMetrics(),
      trustedProxies: [],
      ...options,
    });
    after(() => server.close());
    return async (headers: Record<string, string>, url = "/probe") =>
      (await server.inject({ url, headers, remoteAddress: "10.0.0.7" })).body;
  }

  test("the public address is that of the default organization; one with a host of its own is reached by that", async () => {
    const ask = serve({ publicUrl: "https://shop.example.com/here" });
    assert.equal(await ask({ host: "10.0.0.1:8080" }), "https://shop.example.com/here");
    assert.equal(await ask({ host: "second.example.com" }), "http://second.example.com");
  });

  test("a proxy is believed what host and scheme the client used if it is trusted, and nobody else is", async () => {
    const forwarded = { host: "app:8080", "x-forwarded-host": "shop.example.com", "x-forwarded-proto": "https" };
    assert.equal(await serve({ trustedProxies: ["10.0.0.0/8"] })(forwarded), "https://shop.example.com");
    assert.equal(await serve({ trustedProxies: ["192.0.2.1"] })(forwarded), "http://app:8080");
    assert.equal(await serve()(forwarded), "http://app:8080");
  });

  test("a fault is told the path as it was asked for, without the query", async () => {
    assert.equal(await serve()({ host: "a" }, "/Probe/%41b/?c=d/e"), "/Probe/%41b/");
  });
});
