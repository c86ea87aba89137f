import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError, describeConfig, readConfig } from "./config.ts";

describe("the environment becomes the settings of the process", () => {
  test("nothing set is a server for this machine with the embedded database", () => {
    const config = readConfig({});
    assert.equal(config.host, "127.0.0.1");
    assert.equal(config.port, 8080);
    assert.match(config.dataDir, /^\/.*\/data$/, "a path that does not depend on where we stand");
    assert.equal(config.databaseUrl, undefined);
    assert.equal(config.databaseConnections, 22);
    assert.equal(config.secretKeys, undefined);
    assert.equal(config.publicUrl, undefined);
    assert.deepEqual(config.trustedProxies, []);
    assert.equal(config.logLevel, "info");
  });

  test("a blank variable counts as unset, and blanks around a value do not matter", () => {
    const config = readConfig({ PORT: " ", HOST: "", DATABASE_URL: "  ", LOG_LEVEL: " warn " });
    assert.equal(config.port, 8080);
    assert.equal(config.host, "127.0.0.1");
    assert.equal(config.databaseUrl, undefined);
    assert.equal(config.logLevel, "warn");
  });

  test("other defaults give way to the environment", () => {
    assert.equal(readConfig({}, { HOST: "127.0.0.3" }).host, "127.0.0.3");
    assert.equal(readConfig({ HOST: "::1" }, { HOST: "127.0.0.3" }).host, "::1");
  });

  test("several secret keys are read in their order", () => {
    const { secretKeys } = readConfig({ SECRET_KEY: `${"Ab".repeat(32)}, ${"cd".repeat(32)}` });
    assert.deepEqual(secretKeys, [Buffer.alloc(32, 0xab), Buffer.alloc(32, 0xcd)]);
  });

  test("addresses and networks of both kinds may be proxies", () => {
    const { trustedProxies } = readConfig({ TRUST_PROXY: "127.0.0.1, 10.0.0.0/8,,::1,fd00::/8,192.0.2.7/32" });
    assert.deepEqual(trustedProxies, ["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "192.0.2.7/32"]);
  });

  test("the public address is kept without a slash at its end", () => {
    const read = (text: string) => readConfig({ PUBLIC_URL: text }).publicUrl;
    assert.equal(read("https://Shop.example.com"), "https://shop.example.com");
    assert.equal(read("http://shop.example.com:8080/"), "http://shop.example.com:8080");
    assert.equal(read("https://example.com/charts//"), "https://example.com/charts");
    assert.equal(read("https://[2001:db8::7]/"), "https://[2001:db8::7]");
  });

  test("the room that charts leave is read in megabytes, and may be none", () => {
    assert.equal(readConfig({}).diskReserveBytes, undefined);
    assert.equal(readConfig({ DISK_RESERVE_MB: "250" }).diskReserveBytes, 250_000_000);
    assert.equal(readConfig({ DISK_RESERVE_MB: "0" }).diskReserveBytes, 0);
  });

  test("the settings cannot be changed afterwards", () => {
    assert.throws(() => Object.assign(readConfig({}), { port: 1 }), TypeError);
  });
});

describe("a setting that cannot be used is named in a sentence", () => {
  const wrong: readonly (readonly [name: string, values: readonly string[], sentence: RegExp])[] = [
    [
      "DATABASE_CONNECTIONS",
      ["13", "1001", "many", "-20", "2e1", "20.5"],
      /^DATABASE_CONNECTIONS is ".*"; it must be a number from 14 to 1000\.$/,
    ],
    [
      "PORT",
      ["http", "65536", "-1", "80.5", "0x50", "1e3", "080000"],
      /^PORT is ".*"; it must be a number from 0 to 65535\.$/,
    ],
    [
      "DISK_RESERVE_MB",
      ["1 GB", "-1", "1.5", "1e3"],
      /^DISK_RESERVE_MB is ".*"; it must be a number of megabytes, like/,
    ],
    ["LOG_LEVEL", ["loud", "INFO", "30"], /^LOG_LEVEL is ".*"; it must be one of fatal, .*, silent\.$/],
    [
      "SECRET_KEY",
      ["secret", "ab", "zz".repeat(32), `${"ab".repeat(32)},`, "ab".repeat(33)],
      /^SECRET_KEY must be 64 hex/,
    ],
    [
      "DATABASE_URL",
      ["db.example.com", "mysql://a@b/c", "postgres:/a", "postgres://a b@c:x/"],
      /^DATABASE_URL is not an/,
    ],
    [
      "PUBLIC_URL",
      [
        "shop.example.com",
        "ftp://shop.example.com",
        "https://",
        "https://a b",
        "https://shop.example.com/?a=1",
        "https://shop.example.com?",
        "https://shop.example.com/#top",
        "https://shop.example.com#",
        "https://ada:secret@shop.example.com",
      ],
      /^PUBLIC_URL is ".*"; it must be like https:\/\/shop\.example\.com, with nothing after its path\.$/,
    ],
    [
      "TRUST_PROXY",
      ["proxy.example.com", "10.0.0.0/33", "10.0.0.0/0", "::/129", "10.0.0.0/8/8", "10.0.0.0/", "10.0.0.0/08", "true"],
      /^TRUST_PROXY has ".*", which is neither an address nor a network like 10\.0\.0\.0\/8\.$/,
    ],
  ];
  for (const [name, values, sentence] of wrong) {
    for (const value of values) {
      test(`${name}=${value.slice(0, 30)}`, () => {
        assert.throws(
          () => readConfig({ [name]: value }),
          (error) => error instanceof ConfigError && error.problems.length === 1 && sentence.test(error.message),
        );
      });
    }
  }

  test("all of them at once", () => {
    assert.throws(
      () => readConfig({ PORT: "x", LOG_LEVEL: "x", TRUST_PROXY: "x" }),
      (error) => error instanceof ConfigError && error.problems.length === 3,
    );
  });
});

test("what is listed has no secret and tells where a value comes from", () => {
  const secrets = { DATABASE_URL: "postgres://ada:hidden@b/c", SECRET_KEY: "hidden" };
  const listed = describeConfig({ ...secrets, PORT: "http", HOST: " " });
  assert.doesNotMatch(JSON.stringify(listed), /hidden/);
  const byName = new Map(listed.map((entry) => [entry.name, entry]));
  assert.deepEqual(
    ["DATABASE_URL", "PORT", "HOST"].map((name) => [byName.get(name)?.value, byName.get(name)?.source]),
    [
      ["(set)", "environment"],
      ["http", "environment"],
      ["127.0.0.1", "default"],
    ],
  );
});
