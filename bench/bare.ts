import pg from "pg";
import { answerQuestions } from "./worker.ts";

/** A task of the bare clients: redeem every barcode once, copy all barcodes of an event, or sell cards. */
export type BareQuestion = { readonly database: pg.ClientConfig } & (
  | {
      readonly ask: "redeem";
      /** The part of each barcode's path after `/nokkis/`. */
      readonly barcodes: readonly string[];
      readonly connections: number;
    }
  | { readonly ask: "copy"; readonly eventId: number }
  | { readonly ask: "sell"; readonly groupId: number; readonly sales: number; readonly connections: number }
);

export interface BareAnswer {
  readonly seconds: number;
  /** Redemptions or rows per second. */
  readonly rate: number;
  readonly count: number;
  /** Share of one core that this process was busy. */
  readonly busy: number;
}

/**
 * One statement does it all, and is a transaction of its own: it redeems the barcode if that is unspent and its event's
 * time runs, takes the next number of the log, and writes the line.
 */
const redeemStatement = `
  with redeemed as (
    update entitlement e
    set redeemed_at = now(), redeemed_by_access_key_id = 1, redeemed_from = '127.0.0.1'
    from product p
    where e.organization_id = 1 and e.code = $1 and e.product_id = $2 and e.redeemed_at is null and e.revoked_at is null
      and p.organization_id = 1 and p.id = $2 and p.retired_at is null
      and now() between coalesce(p.starts_at, '-infinity') and coalesce(p.ends_at, 'infinity')
    returning e.id
  ), turn as materialized (
    select redeemed.id, pg_advisory_xact_lock(4611686018427387904 + 1) from redeemed
  )
  insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at, access_key_id, address)
  select 1, nextval('action_id_seq'), 'entitlement_redeemed', $2, turn.id, $1, now(), now(), 1, '127.0.0.1' from turn`;

/** The same columns, from the same tables and in the same order as the file of a gate is made of. */
const copyStatement = (eventId: number) => `
  copy (
    select e.id, e.product_id, e.code, e.issued_at, e.redeemed_at, e.redeemed_by_access_key_id, e.redeemed_by_operator_id,
      e.redeemed_from, e.revoked_at, c.id, c.name
    from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
    where e.organization_id = 1 and e.product_id = ${eventId} and not e.in_stock
    order by e.code_number, e.code
  ) to stdout`;

/** Does so many pieces of work, each connection one after the other. */
async function onConnections(
  database: pg.ClientConfig,
  connections: number,
  times: number,
  work: (client: pg.Client, index: number) => Promise<void>,
): Promise<BareAnswer> {
  const clients = Array.from({ length: connections }, () => new pg.Client(database));
  await Promise.all(clients.map((client) => client.connect()));
  let next = 0;
  const result = await timed(async () => {
    await Promise.all(
      clients.map(async (client) => {
        for (let index = next++; index < times; index = next++) await work(client, index);
      }),
    );
    return times;
  });
  await Promise.all(clients.map((client) => client.end()));
  return result;
}

function redeem({ database, barcodes, connections }: Extract<BareQuestion, { ask: "redeem" }>): Promise<BareAnswer> {
  return onConnections(database, connections, barcodes.length, async (client, index) => {
    const [eventId, , key] = barcodes[index]?.split("/") ?? [];
    const { rowCount } = await client.query({ name: "redeem", text: redeemStatement, values: [key, eventId] });
    if (rowCount !== 1) throw new Error("a barcode was not redeemed");
  });
}

/** One card a transaction: locked with SKIP LOCKED, marked as sold, and two rows written. */
function sell({ database, groupId, sales, connections }: Extract<BareQuestion, { ask: "sell" }>): Promise<BareAnswer> {
  return onConnections(database, connections, sales, async (client) => {
    const query = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
    await client.query("begin");
    const [card] = (await query("take", takeStatement, [groupId])).rows;
    if (card === undefined) throw new Error("there is no card left");
    await query("mark", markStatement, [card.id]);
    await query("pay", payStatement, [card.id, groupId]);
    await query("log", logStatement, [groupId, card.id, card.code]);
    await client.query("commit");
  });
}

const takeStatement = `
  select id, code from entitlement where organization_id = 1 and product_id = $1 and in_stock
  order by code collate "C" limit 1 for update skip locked`;
const markStatement = "update entitlement set in_stock = false where organization_id = 1 and id = $1";
const payStatement = `
  insert into payment (organization_id, id, entitlement_id, product_id, channel, amount_minor, tax_minor, currency, rate, paid_at)
  values (1, nextval('payment_id_seq'), $1, $2, 'bare', 1240, 240, 'EUR', 1, now())`;
/** Its numbers lie below those of the server, so that the two do not meet. */
const logStatement = `
  insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at)
  values (1, -nextval('payment_id_seq'), 'entitlement_sold', $1, $2, $3, now(), now())`;

async function copy({ database, eventId }: Extract<BareQuestion, { ask: "copy" }>): Promise<BareAnswer> {
  const client = new pg.Client(database);
  await client.connect();
  const result = await timed(
    () => new Promise<number>((resolve, reject) => client.query(new CopyOut(copyStatement(eventId), resolve, reject))),
  );
  await client.end();
  return result;
}

/** Counts the rows of a COPY TO STDOUT; the driver has no query of this kind of its own. */
class CopyOut implements pg.Submittable {
  readonly #text: string;
  readonly #done: (rows: number) => void;
  readonly #failed: (error: Error) => void;
  #rows = 0;

  constructor(text: string, done: (rows: number) => void, failed: (error: Error) => void) {
    this.#text = text;
    this.#done = done;
    this.#failed = failed;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#text);
  }

  handleCopyData(): void {
    this.#rows++;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#done(this.#rows);
  }

  handleError(error: Error): void {
    this.#failed(error);
  }
}

async function timed(work: () => Promise<number>): Promise<BareAnswer> {
  const busyFrom = process.cpuUsage();
  const startedAtMs = performance.now();
  const count = await work();
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { user, system } = process.cpuUsage(busyFrom);
  return { seconds, rate: count / seconds, count, busy: (user + system) / 1e6 / seconds };
}

answerQuestions<BareQuestion, BareAnswer>((question) => {
  switch (question.ask) {
    case "redeem":
      return redeem(question);
    case "copy":
      return copy(question);
    case "sell":
      return sell(question);
  }
});
