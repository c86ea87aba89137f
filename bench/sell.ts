import type { BareAnswer, BareQuestion } from "./bare.ts";
import { count, type Measurement, median, tryConnections } from "./figures.ts";
import type { LoadAnswer, LoadQuestion } from "./load.ts";
import { databaseOf } from "./server.ts";
import { type Shop, signed } from "./shop.ts";
import type { Stage } from "./stage.ts";
import { groupId } from "./stock.ts";
import { startWorker } from "./worker.ts";

const connections = 64;
const bareConnections = [1, 2, 4, 8, 16, 32];

/** F. Sales of one card each over the MOR API, against bare clients that lock, mark and write two rows each. */
export async function measureSell(stage: Stage, { server, dataDir }: Shop): Promise<Measurement> {
  const rounds = stage.quick ? 3 : 15;
  const perTurn = stage.quick ? 1_000 : 5_000;
  const load = startWorker<LoadQuestion, LoadAnswer>(stage, "load.ts");
  const bare = startWorker<BareQuestion, BareAnswer>(stage, "bare.ts");
  const database = await databaseOf(dataDir);
  const path = `/billing/api/card_from_group_sell?u=owner&id=${groupId}&quantity=1&hash=${signed(`${groupId}`, "1")}`;
  const request = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n`;
  const collect = "<number>(\\d+)</number>";
  const sell = () => load.ask({ ask: "repeat", port: server.port, request, times: perTurn, connections, collect });
  const sellBare = (clients: number) =>
    bare.ask({ ask: "sell", database, groupId, sales: perTurn, connections: clients });

  stage.progress("F: warming up");
  const sold: string[] = [...(await sell()).collected];
  const { trials, best } = await tryConnections(bareConnections, (size) => {
    stage.progress(`F: bare clients on ${size} connections`);
    return sellBare(size);
  });
  const turns: { sell: Omit<LoadAnswer, "collected">; bare: BareAnswer }[] = [];
  for (let round = 1; round <= rounds; round++) {
    stage.progress(`F: round ${round} of ${rounds}`);
    const bareTurn = await sellBare(best);
    const { collected, ...sellTurn } = await sell();
    sold.push(...collected);
    turns.push({ bare: bareTurn, sell: sellTurn });
  }
  if (new Set(sold).size !== sold.length || sold.length !== (rounds + 1) * perTurn) {
    throw new Error("a card was sold twice, or a sale has none");
  }
  const rate = (side: "sell" | "bare") => median(turns.map((turn) => turn[side].rate));
  return {
    bounds: [
      {
        name: "F  sales over HTTP / bare clients with SKIP LOCKED",
        value: median(turns.map((turn) => turn.sell.rate / turn.bare.rate)),
        kind: "min",
        limit: 1.2,
        unit: "x",
      },
    ],
    notes: [
      `F  a second: sales ${count(rate("sell"))}, bare ${count(rate("bare"))} (on ${best} connections); ${count(sold.length)} cards, none sold twice; latency ms p50 ${median(turns.map((turn) => turn.sell.p50Ms)).toFixed(1)}, p99 ${median(turns.map((turn) => turn.sell.p99Ms)).toFixed(1)}`,
    ],
    raw: { connections, perTurn, bareTrials: trials, turns },
  };
}
