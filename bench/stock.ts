import { count, type Measurement, quantile } from "./figures.ts";
import { residentMb, withDatabase } from "./server.ts";
import { type Shop, signed } from "./shop.ts";
import type { Stage } from "./stage.ts";

const probeEveryMs = 20;
const firstNumber = "1000000001";
const chunkCards = 2_000;

/** The group whose cards are made here and sold by the next measurement. */
export const groupId = 1;

/** E. Making cards at the command line, and what others who ask the server notice of it. */
export async function measureStock(stage: Stage, { server, dataDir, command }: Shop): Promise<Measurement> {
  const cards = stage.quick ? 50_000 : 1_000_000;
  await command("group", "add", "Ten euros", "--price", "12.40", "--tax", "24", "--pin-digits", "14");
  const hash = signed(String(groupId));
  const url = `http://127.0.0.1:${server.port}/billing/api/card_group_get?u=owner&id=${groupId}&hash=${hash}`;
  const probe = async () => {
    const startedAtMs = performance.now();
    const text = await (await fetch(url)).text();
    if (!text.includes("<free_cards_size>")) throw new Error(`the group was not found: ${text}`);
    return performance.now() - startedAtMs;
  };
  for (let warmUp = 0; warmUp < 100; warmUp++) await probe();

  stage.progress(`E: making ${count(cards)} cards`);
  const residentBeforeMb = residentMb(server.pid);
  const probes: Promise<number>[] = [];
  const probing = setInterval(() => probes.push(probe()), probeEveryMs);
  const startedAtMs = performance.now();
  const words = ["stock", "add", "--group", `${groupId}`, "--from", firstNumber, "--balance", "10.00"];
  const printed = await command(...words, "--count", `${cards}`);
  const seconds = (performance.now() - startedAtMs) / 1000;
  clearInterval(probing);
  const probesMs = await Promise.all(probes);
  if (!printed.includes(`made ${cards},`)) throw new Error(`the cards were not made: ${printed}`);

  stage.progress("E: stopping in the middle and resuming");
  const whole = await stopAndResume(stage, dataDir, command);
  await withDatabase(dataDir, (client) => client.query("vacuum analyze"));
  return {
    bounds: [
      { name: "E  cards made a second", value: cards / seconds, kind: "min", limit: 20_000, unit: "/s" },
      { name: "E  slowest other request meanwhile", value: Math.max(...probesMs), kind: "max", limit: 100, unit: "ms" },
    ],
    notes: [
      `E  ${count(cards)} cards in ${seconds.toFixed(1)} s, start of the command included; other requests ms: p50 ${quantile(probesMs, 0.5).toFixed(1)}, p99 ${quantile(probesMs, 0.99).toFixed(1)}; stopped in the middle: ${whole}`,
    ],
    raw: { cards, seconds, residentBeforeMb, probes: probesMs.length, p99Ms: quantile(probesMs, 0.99) },
  };
}

/** Ends a making in the middle, looks at what is there, and resumes it. */
async function stopAndResume(stage: Stage, dataDir: string, command: Shop["command"]): Promise<string> {
  const cards = stage.quick ? 20_000 : 100_000;
  const words = ["stock", "add", "--group", `${groupId}`, "--from", "5000000001", "--balance", "10.00"];
  const running = command(...words, "--count", `${cards}`).catch(() => {});
  const made = () =>
    withDatabase(dataDir, async (client) => {
      const { rows } = await client.query(
        "select count(*)::int as made from entitlement where code_number > 5000000000",
      );
      return rows[0]?.made as number;
    });
  while ((await made()) < cards / 4) await new Promise((resolve) => setTimeout(resolve, 20));
  await withDatabase(dataDir, (client) =>
    client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%entitlement%' and pid <> pg_backend_pid()",
    ),
  );
  await running;
  const left = await made();
  await command(...words, "--count", `${cards}`);
  if (left % chunkCards !== 0 || (await made()) !== cards) throw new Error(`half a batch was left: ${left}`);
  return `${count(left)} cards in whole batches, then resumed`;
}
