import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { startTestApp, type TestApp } from "../../../../tests/support/app.ts";
import { ezpertClient } from "../../../../tests/support/ezpert.ts";
import { type CommandEnd, openTerminal } from "../../../../tests/support/terminal.ts";

const mario = "mario.rossi@sangah.com";
const key = "ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA";

/** A server with the sample data, and the command line beside it. */
async function openBoth(context: TestContext): Promise<TestApp & { run(...words: string[]): Promise<CommandEnd> }> {
  const app = await startTestApp(context, { demo: true });
  return { ...app, run: openTerminal(app).end };
}

describe("counterfoil license", () => {
  it("attaches a licence in any spelling of key and MAC; the same machine again is fine, another is refused", async (context) => {
    const { run, url } = await openBoth(context);
    const attached = { code: 0, out: `${key} is attached to 0A-1B-2C-3D-4E-5F.\n`, error: "" };
    assert.deepEqual(await run("license", "attach", key, "0a:1b:2c:3d:4e:5f"), attached);
    assert.deepEqual(await run("license", "attach", "zwsoe4tchs0hqtqdbtfkwwaa", "0a1b.2c3d.4e5f"), attached);
    assert.deepEqual(await run("license", "attach", key, "0A-1B-2C-3D-4E-60"), {
      code: 1,
      out: "",
      error: 'This licence is attached to another machine. "counterfoil license detach" frees it.\n',
    });
    const { text } = await ezpertClient(url)("query", { client_id: mario, license: key, output: "xml" });
    assert.match(text, /<MacAddress>0A-1B-2C-3D-4E-5F<\/MacAddress>\n\s*<Status>ATTACHED<\/Status>/);
  });

  it("detaches, from the machine that is named or from whichever; then another can be attached", async (context) => {
    const { run, url } = await openBoth(context);
    const code = "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA";
    assert.deepEqual(await run("license", "detach", code, "0A-1B-2C-3D-4E-5F"), {
      code: 1,
      out: "",
      error: "This licence is not attached to that machine.\n",
    });
    const free = { code: 0, out: `${code} is attached to no machine.\n`, error: "" };
    assert.deepEqual(await run("license", "detach", code, "080027AA6H7N"), free);
    assert.deepEqual(await run("license", "detach", code), free);
    assert.equal((await run("license", "attach", code, "0A-1B-2C-3D-4E-5F")).code, 0);
    assert.deepEqual(await run("license", "detach", code), free);
    const { text } = await ezpertClient(url)("query", { client_id: mario, license: code });
    assert.match(text, /"mac_address": null,\n\s*"product_code": "EZP5",\n\s*"status": "NEW"/);
  });

  it("lists a client's licences with their machines, revoked ones too", async (context) => {
    const { run, url } = await openBoth(context);
    await ezpertClient(url)("revoke", { client_id: mario, license: "PDKY-J3SO-N5M7-1IEM-TEFY-CQAA" });
    assert.deepEqual(await run("license", "list", "Mario.Rossi@sangah.com"), {
      code: 0,
      out:
        "ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA  EZP5  attached to no machine\n" +
        "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA  EZP5  08-00-27-AA-6H-7N\n" +
        "PDKY-J3SO-N5M7-1IEM-TEFY-CQAA  EZP5  revoked\n",
      error: "",
    });
    assert.deepEqual(await run("license", "attach", "PDKY-J3SO-N5M7-1IEM-TEFY-CQAA", "0A-1B-2C-3D-4E-5F"), {
      code: 1,
      out: "",
      error: "This licence was revoked.\n",
    });
  });

  it("says in a sentence what cannot be: an unknown key, a machine's address that is none", async (context) => {
    const { run } = await openBoth(context);
    for (const unknown of ["AAAA-AAAA-AAAA-AAAA", "nonsense", "412158754"]) {
      const { code, error } = await run("license", "attach", unknown, "0A-1B-2C-3D-4E-5F");
      assert.equal(code, 1);
      assert.equal(error, `There is no licence ${unknown}.\n`);
    }
    const { code, error } = await run("license", "attach", key, "0A-1B");
    assert.equal(code, 1);
    assert.match(error, /^"0A-1B" is no MAC address/);
  });

  it("makes a product of licences with so many slots; a second of the same name is refused", async (context) => {
    const { run, app } = await openBoth(context);
    const { code, out } = await run("license", "product", "EZP6", "--slots", "2");
    assert.equal(code, 0);
    const id = Number(/^EZP6 has the number (\d+)\.\n$/.exec(out)?.[1]);
    const found = await app.queries.products.byId(1, id);
    assert.equal(found?.product.kind, "license");
    assert.equal(found.product.slots, 2);
    assert.match((await run("license", "product", "EZP6")).error, /^There is a product EZP6 already/);
    assert.match((await run("license", "product", "EZP7", "--slots", "101")).error, /0 to 100 slots/);
  });
});

describe("a licence that comes from another server", () => {
  it("keeps its key, of whatever shape, and is found and attached by it", async (context) => {
    const { run, url } = await openBoth(context);
    const add = (...words: string[]) => run("license", "add", ...words, "--client", mario, "--product", "EZP5");
    const old = "A1B2C-D3E4F-G5H6I";
    assert.equal((await add(old, "--issued", "2019-03-01")).out, `${old}  EZP5  for ${mario}\n`);
    assert.deepEqual(await add(` ${old} `), {
      code: 1,
      out: "",
      error: "This key is taken: by another licence, or by something else that was sold.\n",
    });
    assert.equal((await add(key.toLowerCase())).code, 1, "in any spelling");
    assert.equal((await run("license", "attach", old, "0A-1B-2C-3D-4E-5F")).code, 0);
    const { text } = await ezpertClient(url)("query", { client_id: mario, license: old, output: "xml" });
    assert.match(text, /<LicenseKey>A1B2C-D3E4F-G5H6I<\/LicenseKey>/);
    assert.match(text, /<MacAddress>0A-1B-2C-3D-4E-5F<\/MacAddress>\n\s*<Status>ATTACHED<\/Status>/);
    assert.deepEqual(JSON.parse((await run("license", "show", old, "--json")).out), {
      key: old,
      product: "EZP5",
      client: mario,
      machines: "0A-1B-2C-3D-4E-5F",
      issued: "2019-03-01",
      expires: null,
      revoked: null,
      seats: 1,
      state: "valid",
    });
  });

  it("is revoked as one that was issued here", async (context) => {
    const { run, url } = await openBoth(context);
    const [drawn = ""] = (await run("license", "add", "--client", mario, "--product", "EZP5")).out.split(" ");
    assert.match(drawn, /^(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}$/);
    assert.equal((await run("license", "revoke", drawn)).out, `${drawn} is revoked.\n`);
    assert.match((await ezpertClient(url)("query", { client_id: mario, license: drawn })).text, /"status": "REVOKED"/);
    assert.equal((await run("license", "revoke", "nonsense")).error, "There is no licence nonsense.\n");
  });

  it("is refused in a sentence when something is wrong with it", async (context) => {
    const { run } = await openBoth(context);
    const error = async (...words: string[]) => (await run("license", "add", "OLD-1", ...words)).error;
    const client = ["--client", mario];
    assert.match(await error(...client), /required option '--product <name>' not specified/);
    assert.match(await error(...client, "--product", "EZP9"), /^There is no product EZP9\. /);
    const product = [...client, "--product", "EZP5"];
    assert.match(await error(...product, "--issued", "yesterday"), /^--issued "yesterday" is no day/);
    assert.match(
      await error(...product, "--issued", "2020-01-02", "--expires", "2020-01-01"),
      /^A licence cannot expire/,
    );
    assert.match((await run("license", "add", "A\nB", ...product)).error, /^A key has 1 to 255 characters/);
  });
});

describe("counterfoil token", () => {
  it("ends a token, or every token of an operator", async (context) => {
    const { run, url } = await openBoth(context);
    const makeToken = async () => JSON.parse((await ezpertClient(url)("token", {})).text).access_token as string;
    const [one] = [await makeToken(), await makeToken(), await makeToken()];
    assert.deepEqual(await run("token", "revoke", one), { code: 0, out: "The token is revoked.\n", error: "" });
    assert.deepEqual(await run("token", "revoke", one), {
      code: 1,
      out: "",
      error: "There is no such token, or it has ended already.\n",
    });
    assert.equal((await run("token", "revoke-all", "username")).out, "2 tokens of username are revoked.\n");
    assert.equal((await run("token", "revoke-all", "username")).out, "0 tokens of username are revoked.\n");
    const unknown = await run("token", "revoke-all", "nobody");
    assert.deepEqual([unknown.code, unknown.out], [1, ""]);
    assert.match(unknown.error, /^There is no operator nobody\. There are: /);
  });
});
