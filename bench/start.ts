import { join } from "node:path";
import { type Measurement, median } from "./figures.ts";
import type { Sample } from "./sample.ts";
import { startCounterfoil } from "./server.ts";
import type { Stage } from "./stage.ts";

/** D. From the start of the process to the first answer: on existing data, and of a new demo. */
export async function measureStart(stage: Stage, many: Sample): Promise<Measurement> {
  const rounds = stage.quick ? 2 : 7;
  await many.server.stop();
  const serve: number[] = [];
  const demo: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    stage.progress(`D: round ${round} of ${rounds}`);
    serve.push(await firstAnswerSeconds(stage, many.dataDir, "serve"));
    demo.push(await firstAnswerSeconds(stage, join(stage.folder, `demo-${round}`), "demo"));
  }
  return {
    bounds: [
      {
        name: "D  first answer on existing data, slowest start",
        value: Math.max(...serve),
        kind: "max",
        limit: 2,
        unit: "s",
      },
      {
        name: "D  first answer of a new demo, slowest start",
        value: Math.max(...demo),
        kind: "max",
        limit: 10,
        unit: "s",
      },
    ],
    notes: [`D  medians: existing data ${median(serve).toFixed(2)} s, demo ${median(demo).toFixed(2)} s`],
    raw: { serveSeconds: serve, demoSeconds: demo },
  };
}

async function firstAnswerSeconds(stage: Stage, dataDir: string, command: "serve" | "demo"): Promise<number> {
  const startedAtMs = performance.now();
  const server = await startCounterfoil(stage, dataDir, { command });
  // The answer needs the database: an unknown apikey is looked up there.
  const response = await fetch(`http://127.0.0.1:${server.port}/nokkis/CLIENT/NOBODYS`);
  const text = await response.text();
  const seconds = (performance.now() - startedAtMs) / 1000;
  if (!text.includes('<error id="11">')) throw new Error(`an unknown apikey was answered with: ${text}`);
  await server.stop();
  return seconds;
}
