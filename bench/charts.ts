import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashPassword } from "../src/access/password.ts";
import { count, type Measurement, median } from "./figures.ts";
import type { LoadAnswer, LoadQuestion } from "./load.ts";
import { startConstant, withDatabase } from "./server.ts";
import type { Shop } from "./shop.ts";
import type { Stage } from "./stage.ts";
import { startWorker } from "./worker.ts";

const connections = 64;
const charts = 100;
const customer = { name: "navigator@example.com", password: "compass" };

/** A protocol in which charts are listed. */
interface ListedBy {
  readonly letter: string;
  readonly name: string;
  readonly controller: string;
  /** The last link or edition shows that an answer is whole. Its group is collected. */
  readonly whole: string;
}

/**
 * I. The list of a customer who has a hundred charts in two slots each, half of them ready to be fetched, against the
 * same server answering a constant of that size.
 */
export function measureCharts(stage: Stage, shop: Shop): Promise<Measurement> {
  const whole =
    "<assignedSystemName>mylaptop</assignedSystemName>(?:.|\\n)*<link>(http)[^<]+</link>(?:.|\\n)*</response>";
  return measureLists(stage, shop, { letter: "I", name: "lists of charts", controller: "api", whole });
}

/** M. The same list as today's clients have it. */
export function measureTodaysCharts(stage: Stage, shop: Shop): Promise<Measurement> {
  const whole = "<assignedSystemName>mylaptop</assignedSystemName>(?:.|\\n)*<(edition)>2026/1-0(?:.|\\n)*</response>";
  return measureLists(stage, shop, { letter: "M", name: "today's lists of charts", controller: "apioesu", whole });
}

async function measureLists(
  stage: Stage,
  { server, dataDir }: Shop,
  { letter, name, controller, whole: collect }: ListedBy,
): Promise<Measurement> {
  const rounds = stage.quick ? 5 : 15;
  const perTurn = stage.quick ? 1_000 : 4_000;
  stage.progress(`${letter}: ${charts} charts`);
  await sellOnce(dataDir);
  const path = `/shop/index.php?fc=module&module=occharts&controller=${controller}`;
  const login = `taskId=login&username=${customer.name}&password=${customer.password}`;
  const answer = await (await fetch(`http://127.0.0.1:${server.port}${path}`, { method: "POST", body: login })).text();
  const [, key] = /<key>(.*)<\/key>/.exec(answer) ?? [];
  if (key === undefined) throw new Error(`nobody logged in: ${answer}`);

  const load = startWorker<LoadQuestion, LoadAnswer>(stage, "load.ts");
  const form = `taskId=getlist&username=${customer.name}&key=${key}&version=l.3.3.13`;
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity`;
  const request = `${head}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`;
  const ask = (port: number, whole = "") =>
    load.ask({ ask: "repeat", port, request, times: perTurn, connections, collect: whole });
  stage.progress(`${letter}: warming up`);
  const first = await ask(server.port, collect);
  if (first.collected.length < perTurn) throw new Error("lists are not whole");
  const constant = await startConstant(stage, first.bodyBytes);
  await ask(constant.port);
  const turns: { list: LoadAnswer; constant: LoadAnswer }[] = [];
  for (let round = 1; round <= rounds; round++) {
    stage.progress(`${letter}: round ${round} of ${rounds}`);
    turns.push({ constant: await ask(constant.port), list: await ask(server.port) });
  }
  await constant.stop();
  const rate = (side: "list" | "constant") => count(median(turns.map((turn) => turn[side].rate)));
  return {
    bounds: [
      {
        name: `${letter}  ${name} over HTTP / the same server answering a constant`,
        value: median(turns.map(({ list, constant }) => list.rate / constant.rate)),
        kind: "min",
        limit: 0.3,
        unit: "x",
      },
    ],
    notes: [
      `${letter}  ${first.bodyBytes} bytes; a second: lists ${rate("list")}, constant ${rate("constant")}; latency ms p50 ${median(turns.map(({ list }) => list.p50Ms)).toFixed(1)}, p99 ${median(turns.map(({ list }) => list.p99Ms)).toFixed(1)}`,
    ],
    raw: { connections, charts, perTurn, bodyBytes: first.bodyBytes, turns },
  };
}

const sold = new Map<string, Promise<void>>();

/** The charts are sold for the first measurement that lists them. */
function sellOnce(dataDir: string): Promise<void> {
  const done = sold.get(dataDir) ?? sell(dataDir);
  sold.set(dataDir, done);
  return done;
}

/** Puts in a customer with the charts, and deliveries whose files nobody asks for. */
async function sell(dataDir: string): Promise<void> {
  const passwordHash = await hashPassword(customer.password);
  await withDatabase(dataDir, async (client) => {
    const put = (statement: string) => client.query(`${statement} from generate_series(1, ${charts}) as n`);
    await client.query(
      "insert into customer (organization_id, id, name, identity, password_hash) values (1, 100000000, $1, $1, $2)",
      [customer.name, passwordHash],
    );
    await client.query(
      `insert into device (organization_id, id, customer_id, kind, name, identity, registered_at, fingerprint_hash)
       values (1, 100000000, 100000000, 'system', 'mylaptop', 'mylaptop', now(), '\\x00'), (1, 100000001, 100000000, 'system', 'mydesktop', 'mydesktop', now(), '\\x01')`,
    );
    await put(
      `insert into product (organization_id, id, kind, name, slots, issued, ever_issued, created_at)
       select 1, 100000000 + n, 'chart', 'Îles Britanniques ' || n, 2, 1, true, now()`,
    );
    await put(
      `insert into edition (organization_id, id, product_id, name, published_at, added_at, content_key, content_files, content_bytes,
         content_sha256)
       select 1, 100000000 + n, 100000000 + n, '2026-1', now(), now(), lpad(n::text, 32, '0'), 1, 1, repeat('0', 64)`,
    );
    await put(
      `insert into package (organization_id, id, edition_id, file_name, file_bytes, file_sha256, ready_at)
       select 1, 100000000 + n, 100000000 + n, 'oeuSENC-' || (100000000 + n) || '-2026-1-0-base.zip', 1000000000, repeat('c', 64), now()`,
    );
    // The editions have no files, so that the folder must be told whose it is before a real edition goes into it.
    await client.query("insert into file_store (store_id) values (md5('bench')) on conflict do nothing");
    const { rows } = await client.query<{ store_id: string }>("select store_id from file_store");
    await mkdir(join(dataDir, "files"), { recursive: true });
    await writeFile(join(dataDir, "files/store.id"), `${rows[0]?.store_id}\n`);
    await put(
      `insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at, expires_at)
       select 1, 100000000 + n, 100000000 + n, 'GBLAQPDMG-' || (100000000 + n) || '-1', 100000000, now(), now() + interval '1 year'`,
    );
    await put(
      `insert into binding (organization_id, entitlement_id, slot, device_id, bound_at)
       select 1, 100000000 + n, 0, 100000000, now()`,
    );
    await put(
      `insert into delivery (organization_id, id, entitlement_id, device_id, edition_id, requested_at, file_name, file_bytes, file_sha1,
         file_sha256, ready_at, expires_at)
       select 1, 100000000 + n, 100000000 + n, 100000000, 100000000 + n, now(), 'navigator-Iles-Britanniques-' || n || '-2026-1.zip', 1000000000,
         repeat('a', 40), repeat('b', 64), now(), now() + interval '7 days'`,
    );
    await client.query("vacuum analyze");
  });
}
