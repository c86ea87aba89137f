import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { defaultOrganizationId } from "../../src/core/host.ts";
import type { OperatorRole } from "../../src/core/operator.ts";
import type { TestApp } from "./app.ts";
import { carryOut } from "./charts.ts";

/** One answer as it came over the wire, nothing unpacked. */
export interface MorAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body read as UTF-8. */
  readonly text: string;
}

type MorParameters = Readonly<Record<string, string>>;

export interface MorOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A client of the protocol. */
export interface MorClient {
  /** Sends exactly this: a path with its query, and a body if there is one. */
  send(path: string, options?: MorOptions): Promise<MorAnswer>;
  /** Calls a method as the documentation prints it: a POST with `u`, the parameters and the hash in the query. */
  ask(name: string, parameters?: MorParameters, options?: MorOptions): Promise<MorAnswer>;
  /** The parameters with `u` and the hash, for a request that sends them in its body. */
  sign(name: string, parameters?: MorParameters): Record<string, string>;
}

/** The hashed parameters of every method, in the order of the documentation. */
const hashed: Readonly<Record<string, readonly string[]>> = {
  card_from_group_sell: ["email", "id", "quantity"],
  buy_card_from_callingroup: ["email", "id", "quantity"],
  devices_get: ["user_id"],
  device_list: ["user_id"],
  device_details_get: ["device_id"],
  card_group_get: ["id"],
  show_calling_card_group: ["id"],
  cc_groups_get: [],
  calling_cards_get: [],
  calling_cards_create: ["card_group_id", "cards_from", "cards_till"],
  card_balance_get: ["number"],
  card_payment_add: ["description", "number", "amount", "currency"],
};

export function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

const agent = new Agent({ keepAlive: true });
let clients = 1;

/**
 * A client with a loopback address and a host name of its own. Wrong attempts of other clients do not count against it,
 * and the server has no settings in its cache for that host.
 */
export function morClient(
  { url }: Pick<TestApp, "url">,
  { login = "admin", secret = "456789" }: { login?: string; secret?: string } = {},
): MorClient {
  clients++;
  const localAddress = `127.0.${clients >> 8}.${clients & 255}`;
  const host = `client-${clients}.example.com`;
  const { hostname, port } = new URL(url);

  function send(path: string, { method = "POST", headers = {}, body }: MorOptions = {}): Promise<MorAnswer> {
    const bytes = Buffer.from((body ?? "") as Uint8Array);
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          agent,
          hostname,
          port,
          localAddress,
          path,
          method,
          headers: { host, ...(method === "GET" ? {} : { "content-length": String(bytes.length) }), ...headers },
        },
        async (response) => {
          try {
            const chunks: Buffer[] = [];
            for await (const chunk of response) chunks.push(chunk);
            const answer = Buffer.concat(chunks);
            const { statusCode = 0, headers: answered } = response;
            resolve({ status: statusCode, headers: answered, body: answer, text: answer.toString("utf8") });
          } catch (error) {
            reject(error);
          }
        },
      );
      request.on("error", reject);
      request.end(bytes);
    });
  }

  function sign(name: string, parameters: MorParameters = {}): Record<string, string> {
    const values = (hashed[name] ?? []).map((parameter) => parameters[parameter] ?? "");
    return { u: login, ...parameters, hash: sha1(values.join("") + secret) };
  }

  return {
    send,
    sign,
    ask: (name, parameters, options) =>
      send(`/billing/api/${name}?${new URLSearchParams(sign(name, parameters))}`, options),
  };
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Fails unless this is exactly this document, presented as HTML as it is by default. */
export function assertDocument(answer: MorAnswer, document: string): void {
  assert.equal(answer.text, `${declaration}${document.trim()}\n`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
}

/** Fails unless this is exactly this error, in the place of errors of its kind. */
export function assertError(answer: MorAnswer, place: "status" | "card" | "device", words: string): void {
  const documents = {
    status: `<status>\n  <error>${words}</error>\n</status>`,
    card: `<page>\n  <status>\n    <error>${words}</error>\n  </status>\n</page>`,
    device: `<page>\n  <error>${words}</error>\n</page>`,
  };
  assertDocument(answer, documents[place]);
}

/** The texts of all elements of this name in an answer. */
export function valuesOf({ text }: MorAnswer, element: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, value = ""]) => value);
}

/** Makes an operator whose settings are these; `mor.secret` is kept as a secret. Resolves with its number. */
export async function addOperator(
  { app }: TestApp,
  login: string,
  role: OperatorRole,
  settings: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { administration } = app;
  const id = await administration.putOperator(defaultOrganizationId, { login, passwordHash: "none", role });
  for (const [name, value] of Object.entries(settings)) {
    if (name === "mor.secret") await administration.putOperatorSecretSetting(defaultOrganizationId, id, name, value);
    else await administration.putOperatorSetting(defaultOrganizationId, id, name, value);
  }
  return id;
}

/** Makes a reseller who may call with the key that the sample data has. Resolves with its number. */
export function addReseller(app: TestApp, login: string): Promise<number> {
  const settings = { "mor.api": "on", "mor.secret": "456789", "mor.numbers": "any" };
  return addOperator(app, login, "reseller", settings);
}

interface GroupTerms {
  readonly ownerId?: number | null;
  /** 12.40 EUR. */
  readonly price?: { readonly minor: bigint; readonly currency: string };
  /** 24 %. */
  readonly taxPpm?: number;
  readonly numberDigits?: number;
  readonly secretDigits?: number;
  readonly name?: string;
  readonly endsAtMs?: number | null;
  /** Numbers of its cards. */
  readonly numbers?: readonly string[];
}

/** Makes a calling card group with cards; resolves with its number. */
export async function addGroup({ app }: TestApp, terms: GroupTerms = {}): Promise<number> {
  const { ownerId = null, price = { minor: 1240n, currency: "EUR" }, taxPpm = 240_000, numbers = [] } = terms;
  const { numberDigits = 10, secretDigits = 8, name = "Group", endsAtMs = null } = terms;
  const { product } = await carryOut(app, {
    verb: "create_product",
    kind: "card_group",
    terms: { name, description: "", startsAtMs: null, endsAtMs, capacity: null, accessKeys: [] },
    stock: { ownerId, price, taxPpm, numberDigits, secretDigits, imageUrl: "" },
  });
  const productId = product.id;
  const balance = { minor: 1000n, currency: price.currency };
  if (numbers.length > 0) {
    await carryOut(app, { verb: "add_stock", productId, numbers, secretDigits, balance, batch: "", details: {} });
  }
  return productId;
}

/** `count` card numbers of ten digits that start with a prefix. */
export function cardNumbers(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => prefix + String(index + 1).padStart(10 - prefix.length, "0"));
}
