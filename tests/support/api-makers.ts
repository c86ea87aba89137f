import assert from "node:assert/strict";
import type { ApiClient } from "./api.ts";

/** Makes things over the API; a request that is refused fails the test. */
export function makersBy(ask: ApiClient) {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails otherwise.
  async function make(line: string, body?: unknown): Promise<any> {
    const { status, json } = await ask(line, { body });
    assert.ok(status < 300, `${line}: ${JSON.stringify(json)}`);
    return json;
  }
  return {
    make,
    /** Resolves with its id. */
    product: async (terms: object = {}): Promise<string> =>
      (await make("POST /v1/products", { kind: "event", name: "Concert", ...terms })).id,
    /** Resolves with the first entitlement. */
    issue: async (product: string, terms: object = {}) =>
      (await make("POST /v1/entitlements", { product, ...terms })).items[0],
    /** All rows of a list, page by page. */
    // biome-ignore lint/suspicious/noExplicitAny: see above.
    async all(target: string, limit = 2): Promise<any[]> {
      const rows = [];
      const sign = target.includes("?") ? "&" : "?";
      for (let cursor = ""; ; ) {
        const page = await make(`GET ${target}${sign}limit=${limit}${cursor}`);
        rows.push(...page.items);
        if (page.next === null) return rows;
        cursor = `&cursor=${page.next}`;
      }
    },
  };
}
