import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { demoProductId, errorText, ezpertClient, licensesIn } from "../../../tests/support/ezpert.ts";
import { anybody } from "../../../tests/support/principals.ts";

const luigi = "luigi.verdi@example.com";
const keyShape = /^[A-Z0-9]{4}(-[A-Z0-9]{4}){4}-[A-Z0-9][AQGW]AA$/;

describe("Create License", () => {
  it("answers with root response, status CREATED, and the documented fields in their order", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const { status, text } = await ezpertClient(url)("create", { client_id: luigi, client_name: "Luigi Verdi" });
    const [license] = licensesIn(text);
    assert.ok(license !== undefined);
    const { license_key: key, reg_date: date = "" } = license;
    assert.equal(status, 200);
    assert.match(key, keyShape);
    assert.match(date, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    assert.ok(Math.abs(Date.parse(`${date.replace(" ", "T")}Z`) - Date.now()) < 60_000, "reg_date is in UTC");
    assert.equal(
      text,
      `{
    "response": {
        "data": [{
            "mac_address": null,
            "status": "NEW",
            "product_code": "EZP5",
            "license_key": "${key}",
            "client_id": "${luigi}",
            "reg_date": "${date}"
        }],
        "status": "CREATED"
    }
}
`,
    );
  });

  it("answers in XML with the array's class and without the date", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const { text } = await ezpertClient(url)("create", { client_id: luigi, output: "xml" });
    const key = /<LicenseKey>(.*)<\/LicenseKey>/.exec(text)?.[1] ?? "";
    assert.match(key, keyShape);
    assert.equal(
      text,
      `<?xml version="1.0" encoding="UTF-8"?>
<Response>
    <Status>CREATED</Status>
    <Data class="License-array">
        <License>
            <ClientId>${luigi}</ClientId>
            <ProductCode>EZP5</ProductCode>
            <LicenseKey>${key}</LicenseKey>
            <Status>NEW</Status>
        </License>
    </Data>
</Response>
`,
    );
  });

  it("makes 1 to 100 licences, one when nothing is said, each with a key of its own", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const keys: string[] = [];
    for (const [licenses, count] of [
      ["", 1],
      ["1", 1],
      [" 3 ", 3],
      ["+2", 2],
      ["100", 100],
    ] as const) {
      const made = licensesIn((await ask("create", { client_id: luigi, licenses })).text);
      assert.equal(made.length, count, licenses);
      keys.push(...made.map(({ license_key }) => license_key));
    }
    for (const key of keys) assert.match(key, keyShape);
    assert.equal(new Set(keys).size, keys.length);
    const listed = licensesIn((await ask("query", { client_id: luigi })).text);
    assert.deepEqual(
      listed.map(({ license_key }) => license_key),
      keys,
      "they are listed as they were made",
    );
  });

  it("refuses a number of licences as Java would, and makes none", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    for (const licenses of ["x", "1.5", "1e2", "0x10", "99999999999", '"', "½"]) {
      const { status, text } = await ask("create", { client_id: luigi, licenses });
      assert.equal(status, 200);
      assert.equal(text, errorText(`For input string: "${licenses}"`, "java.lang.NumberFormatException"));
    }
    for (const licenses of ["0", "-1", "101", "2147483647"]) {
      const { text } = await ask("create", { client_id: luigi, licenses });
      assert.equal(
        text,
        errorText("The number of licenses must be between 1 and 100.", "java.lang.IllegalArgumentException"),
      );
    }
    assert.deepEqual(licensesIn((await ask("query", { client_id: luigi })).text), []);
  });

  it("refuses a client_id that is no e-mail address", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const long = `${"a".repeat(320)}@example.com`;
    for (const client_id of [
      "luigi",
      "luigi@",
      "@example.com",
      "a b@example.com",
      "a@b@example.com",
      "a@example",
      long,
    ]) {
      const { text } = await ask("create", { client_id });
      assert.equal(text, errorText("A valid client_id must be provided.", "java.lang.IllegalArgumentException"));
    }
  });

  it("issues all or none: too many for what is left of the product's capacity are none", async (context) => {
    const { app, url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const principal = anybody;
    const command = { verb: "change_product", productId: demoProductId, terms: { capacity: 5 } } as const;
    await app.engine.execute({ organizationId: 1, command, principal, address: null });
    const { text } = await ask("create", { client_id: luigi, licenses: "3" });
    assert.equal(text, errorText("No more licenses available.", "java.lang.IllegalStateException"));
    assert.deepEqual(licensesIn((await ask("query", { client_id: luigi })).text), []);
    assert.equal(licensesIn((await ask("create", { client_id: luigi, licenses: "2" })).text).length, 2);
  });

  it("repeats its answer for a repeated Idempotency-Key, and refuses the key for another request", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const headers = { "idempotency-key": "order-4711" };
    const first = await ask("create", { client_id: luigi, licenses: "2" }, { headers });
    const again = await ask("create", { client_id: luigi, licenses: "2" }, { headers });
    assert.equal(again.text, first.text);
    assert.equal(licensesIn((await ask("query", { client_id: luigi })).text).length, 2);
    const other = await ask("create", { client_id: luigi, licenses: "3" }, { headers });
    assert.match(other.text, /Idempotency-Key was used before for another request\./);
    const bad = await ask("create", { client_id: luigi }, { headers: { "idempotency-key": "x".repeat(256) } });
    assert.match(bad.text, /Idempotency-Key must be 1 to 255 visible ASCII characters\./);
  });

  it("keeps the client's address as it was first sent and the last name that was not empty", async (context) => {
    const { app, url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const nameOf = async (key: string) =>
      (await app.queries.entitlements.heldByCode(1, key))?.entitlement.customer?.displayName;
    const create = async (client_id: string, client_name: string) =>
      licensesIn((await ask("create", { client_id, client_name })).text)[0];
    const first = await create("Luigi.Verdi@example.com", "Luigi");
    assert.equal(first?.client_id, "Luigi.Verdi@example.com");
    assert.equal(await nameOf(first.license_key), "Luigi");
    const second = await create(luigi, "");
    assert.equal(second?.client_id, "Luigi.Verdi@example.com");
    assert.equal(await nameOf(second.license_key), "Luigi");
    await create(luigi, " Luigi Verdi ");
    assert.equal(await nameOf(first.license_key), "Luigi Verdi");
  });

  it("follows the settings: the product, the status of errors and the time zone", async (context) => {
    const { app, url } = await startTestApp(context);
    const { administration, engine } = app;
    const terms = { description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
    const principal = anybody;
    const command = { verb: "create_product", kind: "license", slots: 1, terms: { name: "EZP6", ...terms } } as const;
    await engine.execute({ organizationId: 1, command, principal, address: null });
    const { hashPassword } = await import("../../access/password.ts");
    const passwordHash = await hashPassword("password");
    await administration.putOperator(1, { login: "username", passwordHash, role: "administrator" });
    await administration.putSetting(1, "ezpert.httpStatus", "semantic");
    await administration.putSetting(1, "ezpert.timeZone", "Asia/Seoul");
    const ask = ezpertClient(url);
    const missing = await ask("create", { client_id: luigi });
    assert.equal(missing.status, 404);
    assert.equal(missing.text, errorText("Product not found.", "java.lang.IllegalStateException"));
    assert.equal((await ask("create", {})).status, 400);
    assert.equal((await ask("revoke", { client_id: luigi, license: "x" })).status, 404);

    await administration.putSetting(1, "ezpert.product", "EZP6");
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const [license] = licensesIn((await ask("create", { client_id: luigi })).text);
    assert.equal(license?.product_code, "EZP6");
    const inSeoul = Date.parse(`${license.reg_date?.replace(" ", "T")}+09:00`);
    assert.ok(Math.abs(inSeoul - Date.now()) < 60_000, "reg_date is in Korean time");
  });
});

describe("Revoke License", () => {
  it("answers with the revoked licence, without its machine, and again the same", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const expected = `{
    "result": {
        "data": [{
            "client_id": "mario.rossi@sangah.com",
            "license_key": "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA",
            "mac_address": null,
            "product_code": "EZP5",
            "status": "REVOKED"
        }],
        "status": "REVOKED"
    }
}
`;
    const fields = { client_id: "mario.rossi@sangah.com", license: "auq8 dhr4 vksd jpey wsfv 8aaa" };
    assert.equal((await ask("revoke", fields)).text, expected);
    assert.equal((await ask("revoke", fields)).text, expected);
    const { text } = await ask("revoke", { ...fields, output: "xml" });
    assert.equal(
      text,
      `<?xml version="1.0" encoding="UTF-8"?>
<Response>
    <Status>REVOKED</Status>
    <Data class="License-array">
        <License>
            <ClientId>mario.rossi@sangah.com</ClientId>
            <ProductCode>EZP5</ProductCode>
            <LicenseKey>AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA</LicenseKey>
            <Status>REVOKED</Status>
        </License>
    </Data>
</Response>
`,
    );
  });

  it("leaves the licence in the list, in its place and without its machine", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const client_id = "mario.rossi@sangah.com";
    await ask("revoke", { client_id, license: "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA" });
    const states = licensesIn((await ask("query", { client_id })).text).map(({ status, mac_address }) => [
      status,
      mac_address,
    ]);
    assert.deepEqual(states, [
      ["NEW", null],
      ["REVOKED", null],
      ["NEW", null],
    ]);
  });

  it("does not find another client's licence, an unknown one, or something that is no licence", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const client_id = "mario.rossi@sangah.com";
    const license = "ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA";
    const expected = errorText("License not found.", "java.lang.IllegalStateException");
    for (const fields of [
      { client_id: luigi, license },
      { client_id: "not an address", license },
      { client_id, license: "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA" },
      { client_id, license: "no key" },
      { client_id, license: "412158754" },
      { client_id },
    ]) {
      const { status, text } = await ask("revoke", fields as Record<string, string>);
      assert.equal(status, 200);
      assert.equal(text, expected);
    }
    assert.equal(licensesIn((await ask("query", { client_id })).text)[0]?.status, "NEW");
  });
});
