import type { BareAnswer, BareQuestion } from "./bare.ts";
import { count, type Measurement, median, quantile } from "./figures.ts";
import type { LoadAnswer, LoadQuestion } from "./load.ts";
import { apikeyOf, keyOf, type Sample } from "./sample.ts";
import { databaseOf, residentMb, watchMemory } from "./server.ts";
import type { Stage } from "./stage.ts";
import { startWorker } from "./worker.ts";

const probeEveryMs = 20;

/**
 * C. The file of a gate for the sample's first event, against a bare COPY of the same rows; what it costs the server in
 * memory, and others who ask for one barcode meanwhile. The server is fresh: its memory has grown by nothing else.
 */
export async function measureClientFile(stage: Stage, { server, dataDir, events }: Sample): Promise<Measurement> {
  const rounds = stage.quick ? 2 : 5;
  const [event] = events;
  if (event === undefined) throw new Error("the sample has no event");
  const load = startWorker<LoadQuestion, LoadAnswer>(stage, "load.ts");
  const bare = startWorker<BareQuestion, BareAnswer>(stage, "bare.ts");
  const database = await databaseOf(dataDir);
  const probe = async () => {
    const startedAtMs = performance.now();
    const url = `http://127.0.0.1:${server.port}/nokkis/${event.id}/barcode/${keyOf(event.firstNumber)}`;
    const response = await fetch(url, { headers: { "x-apikey": apikeyOf(event) } });
    if (!(await response.text()).includes("<barcode key=")) throw new Error("the barcode was not found");
    return performance.now() - startedAtMs;
  };
  for (let warmUp = 0; warmUp < 100; warmUp++) await probe();
  await bare.ask({ ask: "copy", database, eventId: event.id });

  const residentBeforeMb = residentMb(server.pid);
  const turns: { file: LoadAnswer; copy: BareAnswer; residentMaxMb: number; probesMs: number[] }[] = [];
  for (let round = 1; round <= rounds; round++) {
    stage.progress(`C: round ${round} of ${rounds}`);
    const probes: Promise<number>[] = [];
    // Asked at fixed times, whether the one before was answered or not: a stall is seen by all that fall into it.
    const probing = setInterval(() => probes.push(probe()), probeEveryMs);
    const { result: file, maxMb: residentMaxMb } = await watchMemory(server.pid, () =>
      load.ask({ ask: "download", port: server.port, apikey: apikeyOf(event) }),
    );
    clearInterval(probing);
    const probesMs = await Promise.all(probes);
    const copy = await bare.ask({ ask: "copy", database, eventId: event.id });
    if (file.count !== event.barcodes || copy.count !== event.barcodes) throw new Error("barcodes are missing");
    turns.push({ file, copy, residentMaxMb, probesMs });
  }

  const others = turns.flatMap((turn) => turn.probesMs);
  const rate = (side: "file" | "copy") => median(turns.map((turn) => turn[side].rate));
  return {
    bounds: [
      {
        name: "C  file of a gate, barcodes a second / bare COPY",
        value: median(turns.map(({ file, copy }) => file.rate / copy.rate)),
        kind: "min",
        limit: 0.3,
        unit: "x",
      },
      {
        name: "C  growth of the server's resident memory",
        value: Math.max(...turns.map(({ residentMaxMb }) => residentMaxMb)) - residentBeforeMb,
        kind: "max",
        limit: 100,
        unit: "MB",
      },
      { name: "C  slowest other request meanwhile", value: Math.max(...others), kind: "max", limit: 100, unit: "ms" },
    ],
    notes: [
      `C  ${count(event.barcodes)} barcodes: ${count(rate("file"))} a second, COPY ${count(rate("copy"))}; ${median(turns.map(({ file }) => file.seconds)).toFixed(1)} s and ${count(turns[0]?.file.bodyBytes ?? 0)} bytes a file`,
      `C  other requests ms: p50 ${median(others).toFixed(1)}, p99 ${quantile(others, 0.99).toFixed(1)}, of ${others.length}; resident memory ${residentBeforeMb.toFixed(0)} MB before`,
    ],
    raw: {
      residentBeforeMb,
      turns: turns.map(({ probesMs, ...turn }) => ({
        ...turn,
        others: {
          count: probesMs.length,
          p50Ms: median(probesMs),
          p99Ms: quantile(probesMs, 0.99),
          maxMs: Math.max(...probesMs),
        },
      })),
    },
  };
}
