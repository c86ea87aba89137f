import { join } from "node:path";
import type pg from "pg";
import { ownerPasswordIn, type ServerProcess, startCounterfoil, withDatabase } from "./server.ts";
import type { Stage } from "./stage.ts";

/** An event with unused barcodes. */
interface SampleEvent {
  /** The first event of a sample is 1, the next 2. */
  readonly id: number;
  /** Barcodes are numbered through all events of a sample, from 1. */
  readonly firstNumber: number;
  readonly barcodes: number;
  /** Whether every second barcode has a user of its own. */
  readonly users: boolean;
  /** How often each barcode is honoured; absent: once. */
  readonly uses?: number | undefined;
}

/** A running server with these events. */
export interface Sample {
  readonly dataDir: string;
  readonly events: readonly SampleEvent[];
  readonly server: ServerProcess;
}

/** Opens every event of a sample. */
export const apikey = "BENCH";

/** Opens only this event of a sample. */
export const apikeyOf = (event: SampleEvent) => `BENCH${event.id}`;

const keysFrom = 10n ** 17n;
const keysTo = 10n ** 18n;
/** Coprime to the number of keys of 18 digits, so that every barcode has one of its own; about its golden section. */
const stride = 556_230_589_874_905_477n;

/** The key of the barcode with this number: 18 digits that look drawn at random, as those of the server are. */
export function keyOf(number: number): string {
  return String(keysFrom + ((BigInt(number) * stride) % (keysTo - keysFrom)));
}

/** Starts a server on a new data directory and fills it. */
export async function makeSample(
  stage: Stage,
  name: string,
  shape: readonly Pick<SampleEvent, "barcodes" | "users" | "uses">[],
  nodeOptions: readonly string[] = [],
): Promise<Sample> {
  const dataDir = join(stage.folder, name);
  stage.progress(`${name}: a new server`);
  const server = await startCounterfoil(stage, dataDir, { nodeOptions });
  const password = await ownerPasswordIn(dataDir);
  const events: SampleEvent[] = [];
  let firstNumber = 1;
  for (const { barcodes, users, uses } of shape) {
    const event = { id: events.length + 1, firstNumber, barcodes, users, uses };
    await createEvent(server, `owner:${password}`, event);
    events.push(event);
    firstNumber += barcodes;
  }
  await withDatabase(dataDir, async (client) => {
    // Nothing that is put in here breaks a foreign key, so they need not be looked up two million times.
    await client.query("set session_replication_role = replica");
    for (const event of events) {
      stage.progress(`${name}: ${event.barcodes} barcodes`);
      await fill(client, event);
    }
    stage.progress(`${name}: vacuum and checkpoint`);
    await client.query("vacuum analyze");
    await client.query("checkpoint");
  });
  return { dataDir, events, server };
}

async function createEvent({ port }: ServerProcess, login: string, event: SampleEvent): Promise<void> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const daySeconds = 86_400;
  const document = `<nokkis><event><name>Festival</name><startdate>${nowSeconds - daySeconds}</startdate><enddate>${
    nowSeconds + daySeconds
  }</enddate><max_tickets>${event.barcodes}</max_tickets><apikey>${apikey}</apikey><apikey>${apikeyOf(event)}</apikey></event></nokkis>`;
  const response = await fetch(`http://127.0.0.1:${port}/nokkis`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(login)}` },
    body: document,
  });
  const text = await response.text();
  if (!text.includes(`<event id="${event.id}">`)) throw new Error(`event ${event.id} was not made: ${text}`);
}

async function fill(client: pg.Client, { id, firstNumber, barcodes, users, uses = 1 }: SampleEvent): Promise<void> {
  const last = firstNumber + barcodes - 1;
  if (users) {
    await client.query(
      `insert into customer (organization_id, id, name, identity)
       select 1, n, 'visitor' || n || '@example.com', 'visitor' || n || '@example.com'
       from generate_series($1::bigint, $2::bigint) as n where n % 2 = 0`,
      [firstNumber, last],
    );
  }
  await client.query(
    `insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at)
     select 1, n, $3, $4::numeric + n * $5::numeric % $6::numeric, case when $7 and n % 2 = 0 then n end, now()
     from generate_series($1::bigint, $2::bigint) as n`,
    [firstNumber, last, id, keysFrom, stride, keysTo - keysFrom, users],
  );
  await client.query(
    "update product set issued = $2, ever_issued = true, uses_max = $3 where organization_id = 1 and id = $1",
    [id, barcodes, uses],
  );
}

/** Barcodes of one sample, each as the part of its path after `/nokkis/`. */
export interface Barcodes {
  /** So many that were not drawn before. */
  draw(size: number): string[];
}

/** All barcodes of these events in a random order. */
export function drawFrom(events: readonly SampleEvent[]): Barcodes {
  const list = events.flatMap(({ firstNumber, barcodes }) =>
    Array.from({ length: barcodes }, (_, at) => firstNumber + at),
  );
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other] ?? 0, list[last] ?? 0];
  }
  const eventOf = (number: number) => events.findLast(({ firstNumber }) => firstNumber <= number)?.id;
  return {
    draw(size) {
      const drawn = list.splice(-size);
      if (drawn.length < size) throw new Error("the sample has too few barcodes");
      return drawn.map((number) => `${eventOf(number)}/barcode/${keyOf(number)}`);
    },
  };
}
