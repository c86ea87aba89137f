import assert from "node:assert/strict";
import { connect } from "node:net";
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

const mario = "mario.rossi@sangah.com";
const wrong = errorText(loginFailed, badCredentials);
const notValid = errorText("Authentication Failed: Token not valid.", badCredentials);
const unreadable = errorText("The parameters cannot be read.", "java.lang.IllegalArgumentException");

describe("Hostile input", () => {
  let app: TestApp;
  let ask: ReturnType<typeof ezpertClient>;
  before(async () => {
    app = await startTestApp(undefined, { demo: true });
    ask = ezpertClient(app.url);
    // Known from here on, so that the wrong attempts below throttle nobody who is right.
    assert.equal((await ask("query", { client_id: mario })).status, 200);
  });
  after(() => app.stop());

  it("in the Authorization header gets the words of wrong credentials", async () => {
    const hostile = [
      "Basic",
      "Basic !!!",
      "Basic dXNlcm5hbWU=",
      "Basic dXNlcm5hbWU6cGFzc3dvcmQ==",
      `Basic ${"A".repeat(12_000)}`,
      `${basic("username:password")}, ${basic("username:password")}`,
      'Digest username="username"',
      "Negotiate abc",
      "=?%",
      basic("username\0:password"),
      basic(`${"u".repeat(4000)}:password`),
      basic(`username:${"p".repeat(4000)}`),
      `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0xc3]).toString("base64")}`,
    ];
    for (const authorization of hostile) {
      const { status, headers, text } = await ask(
        "query",
        { client_id: mario },
        { login: null, headers: { authorization } },
      );
      assert.equal(status, 401, authorization.slice(0, 60));
      assert.equal(headers.get("www-authenticate"), 'Basic realm="ezpert"');
      assert.equal(text, wrong, authorization.slice(0, 60));
    }
  });

  it("as a token gets the words of a wrong token", async () => {
    for (const value of ["Token", "Bearer  ", "Token a b c", `Token ${"x".repeat(8000)}`, "Bearer ' or 1=1 --"]) {
      const { status, text } = await ask(
        "query",
        { client_id: mario },
        { login: null, headers: { authorization: value } },
      );
      assert.equal(status, 401);
      assert.equal(text, notValid);
    }
    for (const access_token of ["x", "x".repeat(60_000), "\u{1f600}"]) {
      assert.equal((await ask("query", { client_id: mario, access_token }, { login: null })).text, notValid);
    }
  });

  it("in a body that is no form of UTF-8 text gets an error object, and 401 from strangers", async () => {
    const bodies = [
      "client_id=%ff%fe",
      Uint8Array.of(0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x5f, 0x69, 0x64, 0x3d, 0xc3, 0x28),
      "client_id=%00",
      "a=1&".repeat(2_000),
    ];
    for (const body of bodies) {
      for (const action of ["query", "create", "revoke", "token"] as const) {
        const { status, text } = await ask(action, body);
        assert.equal(status, 200);
        assert.equal(text, unreadable);
        const stranger = await ask(action, body, { login: null });
        assert.equal(stranger.status, 401);
        assert.equal(stranger.text, errorText("Unauthorized operation."));
      }
    }
    assert.equal((await ask("query", "", { path: `${actions.query}?client_id=%ff` })).text, unreadable);
  });

  it("in a JSON body gets an error object", async () => {
    const headers = { "content-type": "application/json" };
    const bodies = [
      "{",
      "[]",
      "1",
      '"x"',
      '{"client_id":["a"]}',
      '{"client_id":{"a":1}}',
      '{"client_id":true}',
      "\u00ff",
    ];
    bodies.push('{"client_id":"\\u0000"}', '{"client_id":"\\ud800"}', "[".repeat(20_000));
    for (const body of bodies)
      assert.equal((await ask("query", body, { headers })).text, unreadable, body.slice(0, 40));
    const missing = errorText("A client_id must be provided.", "java.lang.NullPointerException");
    for (const body of ["", " ", "{}", '{"__proto__":{"client_id":"x"}}']) {
      assert.equal((await ask("query", body, { headers })).text, missing, body);
    }
    const { text } = await ask("create", '{"client_id":"a@example.com","licenses":2}', { headers });
    assert.equal(licensesIn(text).length, 2);
  });

  it("of another media type than announced, or of none, is read as a form", async () => {
    const missing = errorText("A client_id must be provided.", "java.lang.NullPointerException");
    for (const type of [
      "text/xml",
      "application/octet-stream",
      "x/y; charset=z",
      "multipart/form-data",
      "nonsense",
      ";;;",
    ]) {
      assert.equal((await ask("query", "<client_id/>", { headers: { "content-type": type } })).text, missing);
    }
  });

  it("of repeated parameters counts the last", async () => {
    const { text } = await ask("query", `client_id=nobody%40example.com&client_id=${encodeURIComponent(mario)}`);
    assert.equal(licensesIn(text).length, 3);
  });

  it("that is too large gets an error object", async () => {
    const { status, text } = await ask("query", `client_id=${"x".repeat(70_000)}`);
    assert.equal(status, 413);
    assert.equal(text, errorText("The request is too large."));
  });

  it("in headers that are too many gets a refusal that is an error object, and no 500", async () => {
    const answer = await raw(
      app.url,
      `POST ${actions.query} HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(20_000)}\r\ncontent-length: 0\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.ok(answer.endsWith(`\r\n\r\n${errorText("The request cannot be read.")}`));
  });

  it("that is no HTTP gets a refusal that is an error object", async () => {
    const answer = await raw(app.url, `POST ${actions.query} HTTP/1.1\r\nbad header\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.ok(answer.endsWith(`\r\n\r\n${errorText("The request cannot be read.")}`));
  });

  it("in names is written out harmlessly: quotes, markup and signs outside ASCII survive in both formats", async () => {
    const client_id = "o'brien&so\u00f1s@ex\u00e4mple.com";
    const { text } = await ask("create", { client_id, client_name: '<b>"O\'Brien"</b>\r\nBcc: x' });
    assert.equal(licensesIn(text)[0]?.client_id, client_id);
    const xml = (await ask("query", { client_id, output: "xml" })).text;
    assert.match(xml, /<ClientId>o&apos;brien&amp;so\u00f1s@ex\u00e4mple\.com<\/ClientId>/);
  });

  it("never changes what is there", async () => {
    const states = licensesIn((await ask("query", { client_id: mario })).text).map(({ status }) => status);
    assert.deepEqual(states, ["NEW", "ATTACHED", "NEW"]);
  });
});

/** What the server answers to these bytes. */
function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      answer += text;
    });
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
  });
}
