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

  it("in a query that is no UTF-8 text gets an error object", async () => {
    assert.equal((await ask("query", "", { path: `${actions.query}?client_id=%ff` })).text, unreadable);
  });

  it("in a JSON body is read as far as it is an object of texts and numbers", async () => {
    const headers = { "content-type": "application/json" };
    const missing = errorText("A client_id must be provided.", "java.lang.NullPointerException");
    for (const body of ["", " ", "{}"]) assert.equal((await ask("query", body, { headers })).text, missing, body);
    const { text } = await ask("create", '{"client_id":"a@example.com","licenses":2}', { headers });
    assert.equal(licensesIn(text).length, 2);
    const large = await ask("query", '{"client_id":9007199254740993}', { headers });
    assert.deepEqual(licensesIn(large.text), [], "a number of any length is a name like any other");
  });

  it("of another media type than announced, or of none, is read as a form", async () => {
    const missing = errorText("A client_id must be provided.", "java.lang.NullPointerException");
    for (const type of ["text/xml", "application/octet-stream", "x/y; charset=z", "nonsense", ";;;"]) {
      assert.equal((await ask("query", "<client_id/>", { headers: { "content-type": type } })).text, missing);
    }
  });

  it("of a form in parts is read as such", async () => {
    const body = `--b\r\ncontent-disposition: form-data; name="client_id"\r\n\r\n${mario}\r\n--b--\r\n`;
    const inParts = { headers: { "content-type": "multipart/form-data; boundary=b" } };
    assert.equal(licensesIn((await ask("query", body, inParts)).text).length, 3);
  });

  it("of repeated parameters counts the last", async () => {
    const { text } = await ask("query", `client_id=nobody%40example.com&client_id=${encodeURIComponent(mario)}`);
    assert.equal(licensesIn(text).length, 3);
  });

  it("in headers that are too large gets the error object of what cannot be read, and no 500", async () => {
    const answer = await raw(
      app.url,
      `POST ${actions.query} HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(20_000)}\r\ncontent-length: 0\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal(answer.slice(answer.indexOf("\r\n\r\n") + 4), errorText("The request cannot be read."));
  });

  it("that is no HTTP gets a refusal that is an error object", async () => {
    const answer = await raw(app.url, `POST ${actions.query} HTTP/1.1\r\nbad header\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.deepEqual(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))), {
      error: { message: "The request cannot be read." },
    });
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
