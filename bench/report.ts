import { reportParts } from "../src/queries/reports.ts";
import { executorOf, openPool } from "../src/storage/database.ts";
import { sumMinutes } from "../src/storage/nouns/sale.ts";
import { reportQueries } from "../src/storage/queries/reports.ts";
import { count, type Measurement, median, quantile } from "./figures.ts";
import { databaseOf, withDatabase } from "./server.ts";
import type { Shop } from "./shop.ts";
import type { Stage } from "./stage.ts";

const groups = 20;
const resellers = 10;
/** The bench's own organization, of which only the payments matter. */
const organizationId = 900;

/**
 * L. The report of a month with a million payments, by every part at once, in time zones on both sides of UTC. They are
 * spread so thinly that nearly every payment has a sum of its own for its quarter of an hour, which is the worst case.
 */
export async function measureReport(stage: Stage, { dataDir }: Shop): Promise<Measurement> {
  const payments = stage.quick ? 100_000 : 1_000_000;
  stage.progress(`L: ${count(payments)} payments`);
  const sums = await withDatabase(dataDir, async (client) => {
    await client.query(
      `insert into payment (organization_id, id, sale_id, entitlement_id, product_id, reseller_id, channel, amount_minor, tax_minor,
         currency, rate, commission_minor, paid_at)
       select $1, n, n, n, 1 + n % ${groups}, nullif(n / ${groups} % ${resellers}, 0), case when n / 200 % 2 = 0 then 'shop' else 'app' end,
         1240, 240, 'EUR', 1, 124, '2026-10-01 00:00Z'::timestamptz + n * (interval '31 days' / $2::int)
       from generate_series(1, $2::int - 1) as n`,
      [organizationId, payments],
    );
    await client.query(
      `insert into payment_sum
       select organization_id, g.minutes, date_bin(g.minutes * interval '1 minute', paid_at, 'epoch'), product_id, coalesce(reseller_id, 0), channel,
         currency, true, false, count(*), sum(amount_minor), sum(tax_minor), sum(commission_minor)
       from payment cross join unnest('{${Object.values(sumMinutes)}}'::integer[]) as g (minutes)
       where organization_id = $1 group by 1, 2, 3, 4, 5, 6, 7`,
      [organizationId],
    );
    await client.query("vacuum analyze");
    const { rows } = await client.query("select count(*)::int as sums from payment_sum where organization_id = $1", [
      organizationId,
    ]);
    return rows[0]?.sums as number;
  });

  const pool = openPool(await databaseOf(dataDir), 1);
  const { payments: report } = reportQueries(executorOf(pool));
  const days = { firstDay: "2026-10-01", lastDay: "2026-10-31", by: new Set(reportParts), scope: null };
  const zones = ["Europe/Helsinki", "America/New_York"];
  const times = new Map(zones.map((timeZone) => [timeZone, [] as number[]]));
  let found = 0;
  for (let round = 0; round < 11; round++) {
    for (const [timeZone, timesMs] of times) {
      const startedAtMs = performance.now();
      const rows = await report(organizationId, { ...days, timeZone });
      // The first time, everything is read from the disk, and the statement is prepared.
      if (round > 0) timesMs.push(performance.now() - startedAtMs);
      found = Math.max(found, rows.length);
    }
  }
  await pool.end();
  return {
    bounds: [...times].map(([timeZone, timesMs]) => ({
      name: `L  the report of a month, by the days of ${timeZone}`,
      value: median(timesMs),
      kind: "max",
      limit: 300,
      unit: "ms",
    })),
    notes: [
      `L  ${count(payments)} payments in ${count(sums)} sums; a report of ${count(found)} rows ms: p90 ${quantile([...times.values()].flat(), 0.9).toFixed(0)}`,
    ],
    raw: { payments, sums, rows: found, times: Object.fromEntries(times) },
  };
}
