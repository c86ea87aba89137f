import pg from "pg";
import { defaultOrganizationId } from "../../src/core/host.ts";

const keysStart = 300_000_000_000_000;

/** Puts so many barcodes into an event straight through SQL; resolves with their keys, of 15 digits, in order. */
export async function addManyBarcodes(
  address: pg.ClientConfig,
  event: number,
  count: number,
): Promise<readonly string[]> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    await client.query(
      `insert into entitlement (organization_id, id, product_id, code, issued_at)
       select $1, nextval('entitlement_id_seq'), $2, ($3::bigint + n)::text, now() from generate_series(1, $4) n`,
      [defaultOrganizationId, event, keysStart, count],
    );
    return Array.from({ length: count }, (_, index) => String(keysStart + index + 1));
  } finally {
    await client.end();
  }
}
