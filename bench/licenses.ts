import { count, type Measurement, median } from "./figures.ts";
import type { LoadAnswer, LoadQuestion } from "./load.ts";
import { startConstant } from "./server.ts";
import type { Shop } from "./shop.ts";
import type { Stage } from "./stage.ts";
import { startWorker } from "./worker.ts";

const connections = 64;
const client = "client_id=bench%40example.com";

/** H. Asking for the licences of a client with Basic authentication, against the same server answering a constant. */
export async function measureLicenses(stage: Stage, { server, command, ownerPassword }: Shop): Promise<Measurement> {
  const rounds = stage.quick ? 5 : 25;
  const perTurn = stage.quick ? 2_000 : 8_000;
  const authorization = `Basic ${btoa(`owner:${ownerPassword}`)}`;
  await command("license", "product", "EZP5");
  const created = await fetch(`http://127.0.0.1:${server.port}/shop/api/ezpert/CreateLicense.action`, {
    method: "POST",
    headers: { authorization, "content-type": "application/x-www-form-urlencoded" },
    body: `${client}&licenses=3`,
  });
  if (!(await created.text()).includes("CREATED")) throw new Error("no licences were created");

  const load = startWorker<LoadQuestion, LoadAnswer>(stage, "load.ts");
  const head = `POST /shop/api/ezpert/QueryLicenses.action HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}`;
  const form = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${client.length}`;
  const request = `${head}\r\n${form}\r\n\r\n${client}`;
  const ask = (port: number) => load.ask({ ask: "repeat", port, request, times: perTurn, connections, collect: "" });
  stage.progress("H: warming up");
  const { bodyBytes } = await ask(server.port);
  const constant = await startConstant(stage, bodyBytes);
  await ask(constant.port);
  const turns: { query: LoadAnswer; constant: LoadAnswer }[] = [];
  for (let round = 1; round <= rounds; round++) {
    stage.progress(`H: round ${round} of ${rounds}`);
    turns.push({ constant: await ask(constant.port), query: await ask(server.port) });
  }
  await constant.stop();
  return {
    bounds: [
      {
        name: "H  licences over HTTP / the same server answering a constant",
        value: median(turns.map((turn) => turn.query.rate / turn.constant.rate)),
        kind: "min",
        limit: 0.5,
        unit: "x",
      },
    ],
    notes: [
      `H  a second: queries ${count(median(turns.map((turn) => turn.query.rate)))}, constant ${count(median(turns.map((turn) => turn.constant.rate)))}; latency ms p50 ${median(turns.map((turn) => turn.query.p50Ms)).toFixed(1)}, p99 ${median(turns.map((turn) => turn.query.p99Ms)).toFixed(1)}`,
    ],
    raw: { connections, perTurn, bodyBytes, turns },
  };
}
