import { count, type Measurement, median } from "./figures.ts";
import type { LoadAnswer, LoadQuestion } from "./load.ts";
import { apikey, type Barcodes, drawFrom, makeSample, type Sample } from "./sample.ts";
import { withDatabase } from "./server.ts";
import type { Stage } from "./stage.ts";
import { startWorker } from "./worker.ts";

const connections = 96;
const perTurn = 1_000;

/**
 * B. Redeeming on a thousand barcodes and on two million. A thousand last for a moment, so there are many short rounds;
 * between them the few are made unused again, outside of the measured time. Of the many, each is used once.
 */
export async function measureSize(stage: Stage, many: Sample): Promise<Measurement> {
  const rounds = stage.quick ? 10 : 150;
  const warmUps = stage.quick ? 2 : 15;
  const few = await makeSample(stage, "few", [{ barcodes: perTurn, users: false }]);
  const load = startWorker<LoadQuestion, LoadAnswer>(stage, "load.ts");
  const unused = drawFrom(many.events);
  const turn = ({ server }: Sample, barcodes: Barcodes) =>
    load.ask({ ask: "redeem", port: server.port, apikey, barcodes: barcodes.draw(perTurn), connections });
  const turns: { few: LoadAnswer; many: LoadAnswer }[] = [];
  for (let round = -warmUps; round < rounds; round++) {
    if (round % 10 === 0) stage.progress(`B: round ${round} of ${rounds}`);
    await withDatabase(few.dataDir, async (client) => {
      await client.query("update entitlement set redeemed_at = null where organization_id = 1");
      await client.query("vacuum entitlement");
    });
    const sides = [() => turn(few, drawFrom(few.events)), () => turn(many, unused)];
    // Who comes first changes, so that neither side always follows the other.
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    const answers: LoadAnswer[] = [];
    for (const side of order) {
      const answer = await sides[side]?.();
      if (answer !== undefined) answers[side] = answer;
    }
    const [fewTurn, manyTurn] = answers;
    if (round >= 0 && fewTurn !== undefined && manyTurn !== undefined) turns.push({ few: fewTurn, many: manyTurn });
  }
  await few.server.stop();

  const rate = (side: "few" | "many") => median(turns.map((one) => one[side].rate));
  const total = (side: "few" | "many") =>
    (perTurn * turns.length) / turns.reduce((sum, one) => sum + one[side].seconds, 0);
  return {
    bounds: [
      {
        name: "B  redeem on 2 000 000 barcodes / on 1 000",
        value: rate("many") / rate("few"),
        kind: "min",
        limit: 0.85,
        unit: "x",
      },
    ],
    notes: [
      `B  a second: ${count(rate("many"))} on two million, ${count(rate("few"))} on a thousand; over all rounds ${count(total("many"))} and ${count(total("few"))}`,
    ],
    raw: {
      connections,
      perTurn,
      few: { total: total("few"), rates: turns.map(({ few: { rate } }) => Math.round(rate)) },
      many: { total: total("many"), rates: turns.map(({ many: { rate } }) => Math.round(rate)) },
    },
  };
}
