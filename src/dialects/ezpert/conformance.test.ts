import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import {
  actions,
  badCredentials,
  basic,
  errorText,
  ezpertClient,
  licensesIn,
  loginFailed,
} from "../../../tests/support/ezpert.ts";
import { hashPassword } from "../../access/password.ts";

const mario = "mario.rossi@sangah.com";

/** As the specification prints it. */
const marioJson = `{
    "result": {
        "data": [{
            "client_id": "mario.rossi@sangah.com",
            "license_key": "ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA",
            "mac_address": null,
            "product_code": "EZP5",
            "status": "NEW"
        }, {
            "client_id": "mario.rossi@sangah.com",
            "license_key": "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA",
            "mac_address": "08-00-27-AA-6H-7N",
            "product_code": "EZP5",
            "status": "ATTACHED"
        }, {
            "client_id": "mario.rossi@sangah.com",
            "license_key": "PDKY-J3SO-N5M7-1IEM-TEFY-CQAA",
            "mac_address": null,
            "product_code": "EZP5",
            "status": "NEW"
        }],
        "status": "OK"
    }
}
`;

/** As the specification prints it, but for the second licence: attached as in JSON, with its machine. */
const marioXml = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
    <Status>OK</Status>
    <Data>
        <License>
            <ClientId>mario.rossi@sangah.com</ClientId>
            <ProductCode>EZP5</ProductCode>
            <LicenseKey>ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA</LicenseKey>
            <Status>NEW</Status>
        </License>
        <License>
            <ClientId>mario.rossi@sangah.com</ClientId>
            <ProductCode>EZP5</ProductCode>
            <LicenseKey>AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA</LicenseKey>
            <MacAddress>08-00-27-AA-6H-7N</MacAddress>
            <Status>ATTACHED</Status>
        </License>
        <License>
            <ClientId>mario.rossi@sangah.com</ClientId>
            <ProductCode>EZP5</ProductCode>
            <LicenseKey>PDKY-J3SO-N5M7-1IEM-TEFY-CQAA</LicenseKey>
            <Status>NEW</Status>
        </License>
    </Data>
</Response>
`;

const emptyJson = `{
    "result": {
        "data": [],
        "status": "OK"
    }
}
`;

const emptyXml = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
    <Status>OK</Status>
    <Data />
</Response>
`;

const jsonType = "application/json;charset=UTF-8";
const xmlType = "application/xml;charset=UTF-8";

describe("Query User Licenses", () => {
  let app: TestApp;
  let ask: ReturnType<typeof ezpertClient>;
  before(async () => {
    app = await startTestApp(undefined, { demo: true });
    ask = ezpertClient(app.url);
  });
  after(() => app.stop());

  it("answers the printed request with the printed JSON", async () => {
    const { status, headers, text } = await ask("query", "client_id=mario.rossi%40sangah.com");
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), jsonType);
    assert.equal(text, marioJson);
  });

  it("answers output=xml, in any case, with the printed XML and the machine of the attached licence", async () => {
    for (const output of ["xml", "XML", " Xml "]) {
      const { status, headers, text } = await ask("query", { client_id: mario, output });
      assert.equal(status, 200);
      assert.equal(headers.get("content-type"), xmlType);
      assert.equal(text, marioXml);
    }
  });

  it("chooses the format by output, then by Accept, then takes JSON", async () => {
    const typeOf = async (fields: Record<string, string>, accept: string) =>
      (await ask("query", { client_id: mario, ...fields }, { headers: { accept } })).headers.get("content-type");
    assert.equal(await typeOf({}, "application/xml"), xmlType);
    assert.equal(await typeOf({}, "text/xml;q=0.9"), xmlType);
    assert.equal(await typeOf({}, "application/xml, application/json"), jsonType);
    assert.equal(await typeOf({}, "*/*"), jsonType);
    assert.equal(await typeOf({ output: "json" }, "application/xml"), jsonType);
    assert.equal(await typeOf({ output: "excel" }, "application/xml"), jsonType);
    assert.equal(await typeOf({ output: "" }, "application/xml"), xmlType);
  });

  it("answers an unknown client with the printed empty list, in JSON and in XML", async () => {
    assert.equal((await ask("query", { client_id: "nobody@example.com" })).text, emptyJson);
    assert.equal((await ask("query", { client_id: "nobody@example.com", output: "xml" })).text, emptyXml);
    assert.equal((await ask("query", { client_id: "not an address" })).text, emptyJson);
  });

  it("compares the client's address without regard to case and blanks", async () => {
    assert.equal((await ask("query", { client_id: "  Mario.Rossi@SANGAH.com " })).text, marioJson);
  });

  it("filters by a key in any spelling; a key that is not the client's is an empty list", async () => {
    const keysFor = async (fields: Record<string, string>) =>
      licensesIn((await ask("query", fields)).text).map(({ license_key }) => license_key);
    const key = "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA";
    for (const license of [key, "auq8dhr4vksdjpeywsfv8aaa", " AUQ8 DHR4-vksd JPEY WSFV 8AAA "]) {
      assert.deepEqual(await keysFor({ client_id: mario, license }), [key]);
      assert.deepEqual(await keysFor({ client_id: mario, license_key: license }), [key]);
    }
    assert.deepEqual(await keysFor({ client_id: "nobody@example.com", license: key }), []);
    assert.deepEqual(await keysFor({ client_id: mario, license: "AAAA-AAAA-AAAA-AAAA" }), []);
    assert.deepEqual(await keysFor({ client_id: mario, license: "no key" }), []);
  });

  it("takes parameters from the query string, and those of the body before them", async () => {
    const path = `${actions.query}?client_id=nobody%40example.com&output=xml`;
    assert.equal((await ask("query", "", { path })).text, emptyXml);
    assert.equal((await ask("query", { client_id: mario }, { path })).text, marioXml);
  });

  it("takes a GET, and parameters as a JSON object", async () => {
    const path = `${actions.query}?client_id=${encodeURIComponent(mario)}`;
    assert.equal((await ask("query", "", { path, method: "GET" })).text, marioJson);
    const headers = { "content-type": "application/json; charset=utf-8" };
    assert.equal((await ask("query", JSON.stringify({ client_id: mario, output: null }), { headers })).text, marioJson);
  });

  it("answers a missing or blank client_id with the documented error and status 200", async () => {
    const expected = errorText("A client_id must be provided.", "java.lang.NullPointerException");
    for (const action of ["query", "create", "revoke"] as const) {
      for (const fields of [{}, { client_id: "  " }, { client_id: "", output: "xml" }]) {
        const { status, headers, text } = await ask(action, fields as Record<string, string>);
        assert.equal(status, 200);
        assert.equal(headers.get("content-type"), jsonType);
        assert.equal(text, expected);
      }
    }
  });

  it("answers a request without credentials with the printed error, 401 and the challenge", async () => {
    const printed = `{\n    "error": {\n        "message": "Unauthorized operation."\n    }\n}\n`;
    for (const headers of [{}, { authorization: "" }, { authorization: "  " }] as Record<string, string>[]) {
      const { status, headers: got, text } = await ask("query", { client_id: mario }, { login: null, headers });
      assert.equal(status, 401);
      assert.equal(got.get("www-authenticate"), 'Basic realm="ezpert"');
      assert.equal(got.get("content-type"), jsonType);
      assert.equal(text, printed);
    }
  });

  it("answers wrong credentials with the printed error, 401 and the challenge", async () => {
    const printed = `{
    "error": {
        "type": "org.springframework.security.BadCredentialsException",
        "message": "Login failed - username or password incorrect; nested exception is java.lang.RuntimeException: Login failed - username or password incorrect"
    }
}
`;
    for (const login of ["username:wrong", "nobody:password", ":password", "username:"]) {
      const { status, headers, text } = await ask("query", { client_id: mario, output: "xml" }, { login });
      assert.equal(status, 401, login);
      assert.equal(headers.get("www-authenticate"), 'Basic realm="ezpert"');
      assert.equal(text, printed);
    }
  });

  it("takes the credentials that the specification spells out", async () => {
    const headers = { authorization: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" };
    assert.equal((await ask("query", { client_id: mario }, { login: null, headers })).text, marioJson);
  });

  it("does not take the token that the documents print: it carries no secret", async () => {
    const headers = { authorization: "Token ZGlzY28xMjM0OltCQDFiNDVkODE=" };
    const { status, text } = await ask("query", { client_id: mario }, { login: null, headers });
    assert.equal(status, 401);
    assert.equal(text, errorText("Authentication Failed: Token not valid.", badCredentials));
  });

  it("answers an unknown action with 404 and an error object, a wrong method with 405", async () => {
    const unknown = await ask("query", {}, { path: "/shop/api/ezpert/DeleteLicense.action" });
    assert.equal(unknown.status, 404);
    assert.equal(unknown.text, errorText("There is no such action."));
    for (const action of ["create", "revoke"] as const) {
      const { status, headers, text } = await ask(action, "", { method: "GET" });
      assert.equal(status, 405);
      assert.equal(headers.get("allow"), "POST");
      assert.equal(text, errorText("The method is not allowed for this action."));
    }
  });

  it("does not serve the paths of the first version", async () => {
    assert.equal((await ask("create", {}, { path: "/shop/api/license/create.action" })).status, 404);
  });

  it("shows every operator but resellers every client, and lets only those create and revoke who manage what is sold", async () => {
    const passwordHash = await hashPassword("accountant");
    await app.app.administration.putOperator(1, { login: "accountant", passwordHash, role: "accountant" });
    const accountant = "accountant:accountant";
    assert.equal((await ask("query", { client_id: mario }, { login: accountant })).text, marioJson);
    for (const [action, login] of [
      ["create", accountant],
      ["revoke", accountant],
      ["query", "reseller:reseller"],
      ["create", "reseller:reseller"],
      ["revoke", "reseller:reseller"],
    ] as const) {
      const { status, text } = await ask(action, { client_id: mario }, { login });
      assert.equal(status, 403);
      assert.equal(text, errorText("Access is denied", "org.springframework.security.AccessDeniedException"));
    }
  });

  it("shows auditors and stewards every client, and lets them change nothing, nor have a token", async () => {
    for (const role of ["auditor", "steward"] as const) {
      await app.app.administration.putOperator(1, { login: role, passwordHash: await hashPassword(role), role });
      const login = `${role}:${role}`;
      assert.equal((await ask("query", { client_id: mario }, { login })).text, marioJson);
      for (const action of ["create", "revoke", "token"] as const) {
        const { status, text } = await ask(action, { client_id: mario }, { login });
        assert.equal(status, 403, `${role}: ${action}`);
        assert.equal(text, errorText("Access is denied", "org.springframework.security.AccessDeniedException"));
      }
    }
  });

  it("does not show licences to NOKKIS, by list or by number", async () => {
    const get = async (path: string) => (await fetch(app.url + path)).text();
    assert.doesNotMatch(await get("/nokkis"), /EZP5/);
    assert.match(await get("/nokkis/8"), /<error id="24">/);
    assert.match(await get("/nokkis/8/BARCODE"), /<error id="40">/);
    assert.match(await get("/nokkis/8/LOG"), /<error id="24">/);
    assert.match(await get("/nokkis/8/KEY"), /<error id="24">/);
    const send = async (method: string, path: string) =>
      (await fetch(app.url + path, { method, body: "<nokkis><event><name>x</name></event></nokkis>" })).text();
    assert.match(await send("DELETE", "/nokkis/8"), /<error id="22">/);
    assert.match(await send("PUT", "/nokkis/8"), /<error id="22">/);
    assert.match(await send("POST", "/nokkis/8/BARCODE"), /<error id="42">/);
  });
});

describe("Wrong credentials", () => {
  it("are throttled in the same words, and never for a password that was right a moment ago", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    assert.equal((await ask("query", { client_id: mario })).text, marioJson);
    // In turns, since an account waits sooner than an address.
    const accounts = ["username", "second", "third", "fourth"];
    for (let attempt = 0; attempt < 40; attempt++) {
      const login = `${accounts[attempt % accounts.length]}:wrong${attempt}`;
      const { status, text } = await ask("query", { client_id: mario }, { login });
      assert.equal(status, 401);
      assert.equal(text, errorText(loginFailed, badCredentials));
    }
    const other = await ask("query", { client_id: mario }, { login: "Aladdin:open sesame" });
    assert.equal(other.status, 401, "the address has to wait for an account that it was not known with");
    assert.equal((await ask("query", { client_id: mario })).text, marioJson);
  });

  it("are refused within 5 s once the password is changed or the account is disabled", async (context) => {
    const { app, url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const statusOf = async (login: string) => (await ask("query", { client_id: mario }, { login })).status;
    assert.equal(await statusOf("username:password"), 200);
    const passwordHash = await hashPassword("another");
    await app.administration.putOperator(1, { login: "username", passwordHash, role: "administrator" });
    await becomes(401, () => statusOf("username:password"));
    assert.equal(await statusOf("username:another"), 200);

    await app.administration.setOperatorDisabled(1, "username", true);
    await becomes(401, () => statusOf("username:another"));
  });
});

/** Fails unless the status is this one within 5 s. */
async function becomes(expected: number, status: () => Promise<number>): Promise<void> {
  const endMs = Date.now() + 5_000;
  for (;;) {
    const found = await status();
    if (found === expected) return;
    assert.ok(Date.now() < endMs, `the status is still ${found} after 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("basic", () => {
  it("is the header that the specification constructs", () => {
    assert.equal(basic("Aladdin:open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  });
});
