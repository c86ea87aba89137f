import assert from "node:assert/strict";
import { test } from "node:test";
import type { Credentials, Identity } from "../../access/authenticator.ts";
import { type OperatorRole, operatorRoles } from "../../core/operator.ts";
import type { Permission } from "../../core/permission.ts";
import { may } from "../../core/principal.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import { admitAdmin, admitBarcodeReader, admitGate, admitReader, type Call, type Caller, viewOf } from "./auth.ts";
import { readBody } from "./decode.ts";
import { ProtocolError } from "./errors.ts";
import type { NokkisSettings } from "./settings.ts";

type Found = Identity | "credentials_wrong" | "throttled";

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly event?: string;
  readonly found?: Found;
  readonly settings?: Partial<NokkisSettings>;
}

/** A call in which whatever is presented turns out to be `found`; `presented` collects what was asked about. */
function callWith({ headers = {}, query = "", event, found = "credentials_wrong", settings = {} }: Asked) {
  const presented: Credentials[] = [];
  const request: DialectRequest = {
    id: "request",
    method: "GET",
    params: event === undefined ? {} : { event },
    query,
    header: (name) => headers[name],
    body: new Uint8Array(),
    address: "203.0.113.7",
    atMs: 0,
    isAbandoned: false,
    baseUrl: "http://127.0.0.1",
  };
  const context = {
    organization: { id: 1, name: "Test", settings: new Map() },
    authenticator: {
      async identify(_organizationId: number, credentials: Credentials) {
        presented.push(credentials);
        return found;
      },
    },
    // Admission asks nothing else of its context.
  } as unknown as DialectContext;
  const call: Call = { request, context, settings: { gate: "key", admin: "operator", httpStatus: "200", ...settings } };
  return { call, presented };
}

const operator = (role: OperatorRole): Identity => ({ kind: "operator", operator: { id: 7, login: role, role } });
const gateOf = (...events: readonly number[]): Identity => ({
  kind: "access_key",
  key: "GateKey",
  accessKey: { id: 5, gate: null, opens: new Map(events.map((id) => [id, null])) },
});
const someKey = { "x-apikey": "k" };

/** Under which name somebody was admitted, and whether with this permission; the error if nobody was. */
function admittedAs(result: Caller | ProtocolError, permission: Permission): string | number {
  if (result instanceof ProtocolError) return result.error.id;
  const { kind, id } = result.principal;
  return `${id === null ? kind : `${kind} ${id}`}${may(result.principal, permission) ? "" : " without permission"}`;
}

const idOf = (result: unknown) => (result instanceof ProtocolError ? result.error.id : "admitted");

const basic = (text: string) => `Basic ${Buffer.from(text, "utf8").toString("base64")}`;

test("what is presented is read from each place in the form that it has there", async () => {
  const cases: readonly (readonly [Asked, Credentials])[] = [
    [{ headers: { authorization: "Apikey k" } }, { accessKeys: ["k"] }],
    [{ headers: { authorization: "Bearer k" } }, { accessKeys: ["k"], token: "k" }],
    [
      { headers: { authorization: basic("u:p:q") } },
      { accessKeys: ["u", "p:q"], login: { name: "u", password: "p:q" } },
    ],
    [{ headers: { authorization: "Digest k" } }, {}],
    [{ headers: { authorization: "Basic !" } }, {}],
    [{ headers: { "x-apikey": " k " } }, { accessKeys: ["k"] }],
    [{ query: "a=b&apikey=%20k" }, { accessKeys: ["k"] }],
  ];
  for (const [asked, expected] of cases) {
    const { call, presented } = callWith(asked);
    await admitGate(call);
    assert.deepEqual(presented, [expected], JSON.stringify(asked));
  }
});

test("an apikey in the body counts when it stands directly under nokkis, after everything else", async () => {
  const inBody = async (text: string, asked: Asked = {}) => {
    const root = readBody(Buffer.from(text));
    assert.ok(!(root instanceof ProtocolError));
    const { call, presented } = callWith(asked);
    await admitGate(call, root);
    return presented;
  };
  assert.deepEqual(await inBody("<nokkis><apikey>k</apikey></nokkis>"), [{ accessKeys: ["k"] }]);
  assert.deepEqual(await inBody("<nokkis><apikey id='k'/></nokkis>"), [{ accessKeys: ["k"] }]);
  assert.deepEqual(await inBody("<nokkis><event><apikey>k</apikey></event></nokkis>"), []);
  assert.deepEqual(await inBody("<nokkis><apikey>k</apikey></nokkis>", { query: "apikey=q" }), [{ accessKeys: ["q"] }]);
});

test("what is blank is not presented, so nobody is asked about it", async () => {
  for (const asked of [
    {},
    { headers: { "x-apikey": " " } },
    { headers: { authorization: " " } },
    { query: "apikey=" },
  ]) {
    const { call, presented } = callWith(asked);
    assert.equal(idOf(await admitGate(call)), 11);
    assert.deepEqual(presented, []);
  }
});

test("a gate without an apikey is error 11, or anonymous where the gate is open", async () => {
  assert.equal(idOf(await admitGate(callWith({ event: "1" }).call)), 11);
  const { call } = callWith({ event: "1", settings: { gate: "open" } });
  assert.equal(admittedAs(await admitGate(call), "redeem"), "anonymous");
});

test("wrong credentials, and too many of them, are error 11 at a gate, open or not", async () => {
  for (const found of ["credentials_wrong", "throttled"] as const) {
    for (const gate of ["key", "open"] as const) {
      assert.equal(idOf(await admitGate(callWith({ headers: someKey, found, settings: { gate } }).call)), 11);
    }
  }
});

test("an apikey is error 10 unless it opens the event of the path; without an event in the path it passes", async () => {
  const ask = async (event?: string) =>
    idOf(
      await admitGate(
        callWith({ headers: someKey, found: gateOf(1, 2), ...(event === undefined ? {} : { event }) }).call,
      ),
    );
  assert.deepEqual([await ask(), await ask("1"), await ask("02")], ["admitted", "admitted", "admitted"]);
  for (const event of ["3", "0", "x", "", "1x", "9999999999999999"]) assert.equal(await ask(event), 10, event);
});

test("an operator passes at a gate with the permission to redeem, for every event", async () => {
  const ids = await Promise.all(
    operatorRoles.map(async (role) =>
      idOf(await admitGate(callWith({ headers: someKey, found: operator(role), event: "999" }).call)),
    ),
  );
  assert.deepEqual(Object.fromEntries(operatorRoles.map((role, index) => [role, ids[index]])), {
    owner: "admitted",
    administrator: "admitted",
    accountant: 10,
    reseller: 10,
    auditor: 10,
    steward: "admitted",
  });
});

test("administration needs an operator with the permission: nobody, a wrong one and an apikey are error 10", async () => {
  assert.equal(idOf(await admitAdmin(callWith({}).call, "manage_products")), 10);
  for (const found of [
    "credentials_wrong",
    "throttled",
    gateOf(1),
    operator("accountant"),
    operator("reseller"),
    operator("auditor"),
    operator("steward"),
  ] as const) {
    assert.equal(idOf(await admitAdmin(callWith({ headers: someKey, found }).call, "manage_products")), 10);
  }
  for (const role of ["owner", "administrator"] as const) {
    const { call } = callWith({ headers: someKey, found: operator(role) });
    assert.equal(admittedAs(await admitAdmin(call, "manage_products"), "manage_products"), "operator 7");
  }
  const accountant = callWith({ headers: someKey, found: operator("accountant") });
  assert.equal(admittedAs(await admitAdmin(accountant.call, "read_log"), "read_log"), "operator 7");
});

test("open administration admits everybody, under the name that they have", async () => {
  const settings = { admin: "open" } as const;
  const admitted = async (asked: Asked) =>
    admittedAs(await admitAdmin(callWith({ ...asked, settings }).call, "manage_products"), "manage_products");
  assert.equal(await admitted({}), "anonymous");
  assert.equal(await admitted({ headers: someKey }), "anonymous");
  assert.equal(await admitted({ headers: someKey, found: gateOf(1) }), "access_key 5");
  assert.equal(await admitted({ headers: someKey, found: operator("reseller") }), "operator 7");
});

test("who reads of events manages them or stands at a gate, and is asked for who it is once", async () => {
  const read = async (asked: Asked) => {
    const { call, presented } = callWith(asked);
    const result = await admitReader(call);
    assert.ok(presented.length <= 1, "each wrong attempt counts");
    return result instanceof ProtocolError
      ? result.error.id
      : `${result.caller.principal.kind}${result.manages ? " manages" : ""}`;
  };
  const open = { settings: { admin: "open" } } as const;
  assert.equal(await read({}), 11);
  assert.equal(await read({ headers: someKey }), 11);
  assert.equal(await read({ headers: someKey, found: gateOf(1), event: "1" }), "access_key");
  assert.equal(await read({ headers: someKey, found: gateOf(1), event: "2" }), 10);
  assert.equal(await read({ headers: someKey, found: operator("owner") }), "operator manages");
  assert.equal(await read({ headers: someKey, found: operator("accountant") }), 10);
  assert.equal(await read({ headers: someKey, found: operator("auditor") }), "operator");
  assert.equal(await read({ headers: someKey, found: operator("steward") }), "operator");
  assert.equal(await read({ settings: { gate: "open" } }), "anonymous");
  assert.equal(await read({ ...open }), "anonymous manages");
  assert.equal(await read({ ...open, headers: someKey }), 11);
  assert.equal(await read({ ...open, headers: someKey, found: gateOf(1), event: "1" }), "access_key manages");
  assert.equal(await read({ ...open, headers: someKey, found: gateOf(1), event: "2" }), 10);
  assert.equal(await read({ ...open, headers: someKey, found: operator("reseller") }), "operator manages");
});

test("barcodes are read by gates and by operators who read of products, and used by gates alone", async () => {
  for (const [found, reads, uses] of [
    [gateOf(1), "access_key 5", "access_key 5"],
    [gateOf(2), 10, 10],
    [operator("owner"), "operator 7", "operator 7"],
    [operator("steward"), "operator 7", "operator 7"],
    [operator("auditor"), "operator 7", 10],
    [operator("accountant"), 10, 10],
    [operator("reseller"), 10, 10],
  ] as const) {
    const nameOf = (result: Caller | ProtocolError) =>
      result instanceof ProtocolError ? result.error.id : `${result.principal.kind} ${result.principal.id}`;
    const call = () => callWith({ headers: someKey, found, event: "1" }).call;
    assert.deepEqual([nameOf(await admitBarcodeReader(call())), nameOf(await admitGate(call()))], [reads, uses]);
  }
});

test("a gate carries its categories of the event of the path, and its number", async () => {
  const opens = new Map([
    [1, ["adult", "helper"]],
    [2, null],
  ]);
  const found: Identity = {
    kind: "access_key",
    key: "k",
    accessKey: { id: 5, gate: { id: 3, rights: ["undo"] }, opens },
  };
  const admitted = async (event: string) => {
    const caller = await admitGate(callWith({ headers: someKey, found, event }).call);
    assert.ok(!(caller instanceof ProtocolError));
    return caller;
  };
  const limited = await admitted("1");
  assert.deepEqual(limited.admits, ["adult", "helper"]);
  assert.equal(limited.principal.gateId, 3);
  assert.deepEqual(viewOf(limited), { showsNames: false, admits: ["adult", "helper"] });
  assert.equal((await admitted("2")).admits, undefined);
});
