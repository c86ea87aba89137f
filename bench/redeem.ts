import type { BareAnswer, BareQuestion } from "./bare.ts";
import { count, type Measurement, median, tryConnections } from "./figures.ts";
import type { LoadAnswer, LoadQuestion } from "./load.ts";
import { apikey, drawFrom, makeSample } from "./sample.ts";
import { databaseOf, logLevel, processorSeconds, startConstant } from "./server.ts";
import type { Stage } from "./stage.ts";
import { startWorker } from "./worker.ts";

const connections = 96;
/** Numbers of connections that the bare clients try; with the best of them they take part in the rounds. */
const bareConnections = [1, 2, 4, 8, 16, 32, 64];

/**
 * A. Redeeming over HTTP, against the same server answering a constant and against bare clients of the database; and
 * barcodes of many uses against those of one. All work on the same tables, every barcode is redeemed once, and the sides
 * take turns.
 */
export async function measureRedeem(stage: Stage, nodeOptions: readonly string[] = []): Promise<Measurement> {
  // Short turns, so that other work of the machine affects all sides.
  const rounds = stage.quick ? 5 : 25;
  const perTurn = stage.quick ? 3_000 : 10_000;
  const barcodes = (2 * rounds + 2 + bareConnections.length) * perTurn;

  const shape = [
    { barcodes, users: false },
    { barcodes: (rounds + 1) * perTurn, users: false, uses: 10 },
  ];
  const { server, dataDir, events } = await makeSample(stage, "redeem", shape, nodeOptions);
  const onces = events.slice(0, 1);
  const unused = drawFrom(onces);
  const manyUses = drawFrom(events.slice(1));

  const load = startWorker<LoadQuestion, LoadAnswer>(stage, "load.ts");
  const bare = startWorker<BareQuestion, BareAnswer>(stage, "bare.ts");
  const database = await databaseOf(dataDir);
  const redeemAt = (port: number, size: number, from = unused) =>
    load.ask({ ask: "redeem", port, apikey, barcodes: from.draw(size), connections });
  const redeemBare = (size: number, clients: number) =>
    bare.ask({ ask: "redeem", database, barcodes: unused.draw(size), connections: clients });

  stage.progress("A: warming up");
  const { bodyBytes } = await redeemAt(server.port, perTurn);
  await redeemAt(server.port, perTurn, manyUses);
  const constant = await startConstant(stage, bodyBytes);
  const constantRedeem = () => redeemAt(constant.port, perTurn, drawFrom(onces));
  await constantRedeem();
  await redeemBare(perTurn, 8);

  const { trials, best } = await tryConnections(bareConnections, (size) => {
    stage.progress(`A: bare clients on ${size} connections`);
    return redeemBare(perTurn, size);
  });

  const turns: {
    constant: LoadAnswer;
    bare: BareAnswer;
    redeem: LoadAnswer & { serverBusy: number };
    many: LoadAnswer;
  }[] = [];
  for (let round = 1; round <= rounds; round++) {
    stage.progress(`A: round ${round} of ${rounds}`);
    const constantTurn = await constantRedeem();
    const bareTurn = await redeemBare(perTurn, best);
    const busyFrom = processorSeconds(server.pid);
    const redeemTurn = await redeemAt(server.port, perTurn);
    const serverBusy = (processorSeconds(server.pid) - busyFrom) / redeemTurn.seconds;
    const manyTurn = await redeemAt(server.port, perTurn, manyUses);
    turns.push({ constant: constantTurn, bare: bareTurn, redeem: { ...redeemTurn, serverBusy }, many: manyTurn });
  }
  const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const [, sum = "0"] = /^counterfoil_batch_commands_sum (\d+)$/m.exec(metrics) ?? [];
  const [, batches = "1"] = /^counterfoil_batch_commands_count (\d+)$/m.exec(metrics) ?? [];
  await Promise.all([server.stop(), constant.stop()]);

  const mid = (value: (turn: (typeof turns)[number]) => number) => median(turns.map(value));
  return {
    bounds: [
      {
        name: "A  redeem over HTTP / the same server answering a constant",
        value: mid(({ redeem, constant }) => redeem.rate / constant.rate),
        kind: "min",
        limit: 0.5,
        unit: "x",
      },
      {
        name: "A  redeem over HTTP / bare clients, one statement each",
        value: mid(({ redeem, bare }) => redeem.rate / bare.rate),
        kind: "min",
        limit: 1.2,
        unit: "x",
      },
      {
        name: "A  cost of redeeming one of ten uses / the only use",
        value: mid(({ redeem, many }) => redeem.rate / many.rate),
        kind: "max",
        limit: 1.3,
        unit: "x",
      },
    ],
    notes: [
      `A  a second: redeem ${count(mid(({ redeem }) => redeem.rate))}, one of ten uses ${count(mid(({ many }) => many.rate))}, constant ${count(mid(({ constant }) => constant.rate))}, bare ${count(mid(({ bare }) => bare.rate))} (on ${best} connections)`,
      `A  redeem latency ms: p50 ${mid(({ redeem }) => redeem.p50Ms).toFixed(1)}, p95 ${mid(({ redeem }) => redeem.p95Ms).toFixed(1)}, p99 ${mid(({ redeem }) => redeem.p99Ms).toFixed(1)}; ${(Number(sum) / Number(batches)).toFixed(1)} commands a batch`,
      `A  cores busy: generator ${mid(({ constant }) => constant.busy).toFixed(2)} at the constant and ${mid(({ redeem }) => redeem.busy).toFixed(2)} at redeem, server at redeem ${mid(({ redeem }) => redeem.serverBusy).toFixed(2)}; the generator alone could send ${count(mid(({ constant }) => constant.rate / constant.busy))} a second`,
    ],
    raw: { connections, perTurn, bodyBytes, logLevel, bareTrials: trials, bareConnections: best, turns },
  };
}
