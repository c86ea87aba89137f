import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import pg from "pg";
import { startTestApp } from "../../../tests/support/app.ts";
import { actions, basic, demoProductId, licensesIn } from "../../../tests/support/ezpert.ts";

const licenseCount = 100_000;
const client = "many@example.com";
const keyLength = 29;
/** What may live in memory while an answer of 20 MB is sent; measured 16 to 20 MB, and 47 MB when all of it was held. */
const growthBytesMax = 32 * 1024 * 1024;
/** How often the memory is looked at: ten times in an answer, of which most is still to come at the first look. */
const lookEveryBytes = 2 * 1024 * 1024;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("A client with 100,000 licences", () => {
  it("is answered whole and in order, in JSON and in XML, in bounded memory", async (context) => {
    const { database, url } = await startTestApp(context, { demo: true });
    await fill(database.address);
    const ask = (client_id: string, output: string) =>
      fetch(url + actions.query, {
        method: "POST",
        headers: { authorization: basic("username:password") },
        body: new URLSearchParams({ client_id, output }),
      });
    // Once beforehand, so that what is loaded and compiled at the first use does not count.
    await read(await ask("mario.rossi@sangah.com", "json"));
    const memory = watchMemory();
    for (const output of ["json", "xml"]) {
      const { bytes, count } = await read(await ask(client, output), memory.look);
      assert.ok(bytes > 18_000_000, `${bytes} bytes`);
      assert.equal(count, licenseCount);
    }
    const grownBytes = memory.grownBytes();
    assert.ok(grownBytes < growthBytesMax, `the memory has grown by ${grownBytes} bytes`);
    assert.equal(licensesIn(await (await ask(client, "json")).text()).length, licenseCount, "the JSON is well-formed");
  });
});

/** Licences whose keys ascend in the order in which they were made; every thousandth is attached to a machine. */
async function fill(address: pg.ClientConfig): Promise<void> {
  const connection = new pg.Client(address);
  await connection.connect();
  await connection.query(`
    insert into customer (organization_id, id, name, identity) values (1, 1000, '${client}', '${client}');
    insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at)
      select 1, 1000000 + n, ${demoProductId}, 'AAAA-AAAA-AAAA-AAA' || substr(to_char(n, 'FM000000'), 1, 1) || '-' ||
        substr(to_char(n, 'FM000000'), 2, 4) || '-' || substr(to_char(n, 'FM000000'), 6) || 'AAA', 1000, now()
      from generate_series(0, ${licenseCount - 1}) as n;
    insert into device (organization_id, id, customer_id, kind, name, identity, registered_at)
      values (1, 1000, 1000, 'machine', '08-00-27-00-00-01', '08-00-27-00-00-01', now());
    insert into binding (organization_id, entitlement_id, slot, device_id, bound_at)
      select 1, e.id, 0, 1000, now() from entitlement e where e.customer_id = 1000 and e.id % 1000 = 0;
    analyze;`);
  await connection.end();
}

/** Reads an answer bit by bit and keeps nothing of it; every key must be larger than the one before. */
async function read(response: Response, look: () => void = () => {}): Promise<{ bytes: number; count: number }> {
  assert.equal(response.status, 200);
  const decoder = new TextDecoder();
  let bytes = 0;
  let lookAtBytes = lookEveryBytes;
  let count = 0;
  let last = "";
  let rest = "";
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes >= lookAtBytes) {
      look();
      lookAtBytes += lookEveryBytes;
    }
    rest += decoder.decode(chunk, { stream: true });
    let end = 0;
    for (const match of rest.matchAll(/AAAA-AAAA-AAAA-AAA\d-\d{4}-\dAAA(?=["<])/g)) {
      const [key] = match;
      assert.ok(key > last, "the oldest comes first");
      last = key;
      count++;
      end = match.index + key.length;
    }
    rest = rest.slice(Math.max(end, rest.length - keyLength));
  }
  return { bytes, count };
}

/** Looks at what lives in this process, the server's too, whenever it is told to; answers how much it has grown at most. */
function watchMemory(): { look(): void; grownBytes(): number } {
  const used = () => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  let most = before;
  return {
    look() {
      most = Math.max(most, used());
    },
    grownBytes: () => most - before,
  };
}
