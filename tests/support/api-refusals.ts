import assert from "node:assert/strict";
import type { RefusalOf, VerbName } from "../../src/core/command.ts";
import type { Refusal } from "../../src/core/refusal.ts";
import type { ApiAnswer, ApiClient } from "./api.ts";
import type { TestApp } from "./app.ts";
import { eventually } from "./eventually.ts";

type Request = readonly [line: string, body?: unknown];

/**
 * How a refusal comes about over the API: a request; a request that the schema refuses before the verb is asked; acts
 * that end in a request; or, as a text, why no request can be refused so.
 */
export type Way = Request | { readonly schema: Request } | (() => Promise<ApiAnswer>) | string;

/** A way to every refusal of a verb. The compiler asks for each. */
export type WaysOf<V extends VerbName> = Readonly<
  Record<Exclude<RefusalOf<V>, "idempotency_key_reused" | "not_permitted">, Way>
>;

/** Fails unless each refusal comes about in its way. Each has its own words and status, which the client checks. */
export async function assertRefusals<V extends VerbName>(ask: ApiClient, verb: V, ways: WaysOf<V>): Promise<void> {
  for (const [refusal, way] of Object.entries<Way>(ways)) {
    if (typeof way === "string") continue;
    const isSchema = "schema" in way;
    const [line, body] = typeof way === "function" ? ["", undefined] : isSchema ? way.schema : way;
    const { json } = typeof way === "function" ? await way() : await ask(line, { body });
    const told = isSchema ? "request_invalid" : (refusal as Refusal);
    assert.equal(json?.code, told, `${verb} ${refusal}: ${JSON.stringify(json)}`);
  }
}

/** Sends a request that finds an entitlement under its code, and gives the entitlement another code before it is changed. */
export async function afterReissue(
  { database }: Pick<TestApp, "database">,
  entitlementId: string,
  send: () => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  const { Client } = (await import("pg")).default;
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query("begin");
    await client.query(
      `insert into replaced_code (organization_id, code, product_id, entitlement_id, replaced_at)
      select organization_id, code, product_id, id, now() from entitlement where organization_id = 1 and id = $1`,
      [entitlementId],
    );
    await client.query("update entitlement set code = code || '9' where organization_id = 1 and id = $1", [
      entitlementId,
    ]);
    const answer = send();
    await eventually("the request waits for the entitlement", async () => {
      const { rows } = await client.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows.length > 0;
    });
    await client.query("commit");
    return await answer;
  } finally {
    await client.end();
  }
}
