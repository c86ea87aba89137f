import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureCharts, measureTodaysCharts } from "./charts.ts";
import { measureClientFile } from "./client-file.ts";
import { measureDelivery } from "./delivery.ts";
import { measureDevices } from "./devices.ts";
import { type Bound, holds, type Measurement, round } from "./figures.ts";
import { measureLicenses } from "./licenses.ts";
import { describeMachine } from "./machine.ts";
import { measurePackages } from "./packages.ts";
import { profileLines } from "./profile.ts";
import { measureRedeem } from "./redeem.ts";
import { measureReport } from "./report.ts";
import { makeSample, type Sample } from "./sample.ts";
import { measureSell } from "./sell.ts";
import { openShop, type Shop } from "./shop.ts";
import { measureSize } from "./size.ts";
import { openStage, type Stage } from "./stage.ts";
import { measureStart } from "./start.ts";
import { measureStock } from "./stock.ts";
import { measureUpgrade } from "./upgrade.ts";

const help = `Measures whether Counterfoil is as fast as it promises, as ratios within one run.

  npm run bench [-- OPTIONS]

  --only LETTERS  only some of the measurements, such as A or BC:
                    A  redeem over HTTP, against a constant answer and against bare database clients; and one of
                       ten uses against the only use
                    B  redeem on two million barcodes, against a thousand
                    C  the file of a gate with a million barcodes, against COPY
                    D  time from start to first answer
                    E  making a million cards, and other requests meanwhile
                    F  sales of one card each, against bare database clients; makes E first
                    G  the list of 100,000 devices, plain and packed
                    H  licences with Basic authentication, against a constant answer
                    I  lists of a customer's 100 charts, against a constant answer
                    J  building a delivery, against zip -0, and downloads of it
                    K  the first start on a database of 0.1.0 with a million codes
                    L  the report of a month with a million payments
                    M  the list of I as today's clients have it
                    N  making the packages of an edition, against sha256sum
  --quick         seconds instead of minutes; the figures are rougher, and the sample is a tenth
  --profile       A with the server under the CPU profiler, and where its time went; its ratios do not count
  --out FILE      write the figures to FILE; a complete run writes bench/results/DATE.json
  --help          this text

It needs Linux (/proc), 4 GB of disk below data/ and a machine that does nothing else. Ends with status 1 when a bound
does not hold.
`;

const letters = "ABCDEFGHIJKLMN";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: letters },
    quick: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    out: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const only = options.only.toUpperCase();

if (options.help) {
  process.stdout.write(help);
} else if (only === "" || [...only].some((letter) => !letters.includes(letter))) {
  process.stderr.write(`--only takes letters of ${letters}. See --help.\n`);
  process.exitCode = 2;
} else {
  await run();
}

async function run(): Promise<void> {
  const stage = await openStage(options.quick);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stage.progress("cleaning up\n");
      void stage.clear().finally(() => process.exit(1));
    });
  }
  try {
    if (options.profile) await profile(stage);
    else await measure(stage);
  } finally {
    await stage.clear();
  }
}

async function profile(stage: Stage): Promise<void> {
  const folder = join(stage.folder, "profile");
  const { notes } = await measureRedeem(stage, ["--cpu-prof", `--cpu-prof-dir=${folder}`]);
  stage.progress("done\n");
  print([...notes, "", ...(await profileLines(folder))]);
}

async function measure(stage: Stage): Promise<void> {
  const startedAt = new Date().toISOString();
  const machine = await describeMachine(stage.folder);
  const measurements = await measureAll(stage);

  const sorted = [...letters].flatMap((letter) => measurements[letter] ?? []);
  const bounds = sorted.flatMap((one) => one.bounds);
  const notes = sorted.flatMap((one) => one.notes);
  if (!bounds.every(holds)) process.exitCode = 1;

  const complete = only === letters && !options.quick;
  const byDefault = fileURLToPath(new URL(`results/${startedAt.slice(0, 10)}.json`, import.meta.url));
  const file = options.out ?? (complete ? byDefault : undefined);
  if (file === undefined) return;
  const raw = Object.fromEntries(Object.entries(measurements).map(([letter, one]) => [letter, one.raw]));
  const result = { startedAt, quick: options.quick, machine, bounds: bounds.map(judged), notes, raw };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, rounded, 1)}\n`);
}

/** Takes the measurements that are asked for. */
async function measureAll(stage: Stage): Promise<Record<string, Measurement>> {
  let made: Promise<Sample> | undefined;
  const many = () => {
    const barcodes = options.quick ? 100_000 : 1_000_000;
    made ??= makeSample(stage, "many", [
      { barcodes, users: true },
      { barcodes, users: false },
    ]);
    return made;
  };
  let opened: Promise<Shop> | undefined;
  const shop = () => {
    opened ??= openShop(stage);
    return opened;
  };
  let making: Promise<Measurement> | undefined;
  const stocked = () => {
    making ??= shop().then((open) => measureStock(stage, open));
    return making;
  };
  // The file of a gate comes before what shares its server, since it looks at the memory of a fresh one.
  const all: Record<string, () => Promise<Measurement>> = {
    A: () => measureRedeem(stage),
    C: async () => measureClientFile(stage, await many()),
    B: async () => measureSize(stage, await many()),
    D: async () => measureStart(stage, await many()),
    E: () => stocked(),
    F: async () => {
      await stocked();
      return measureSell(stage, await shop());
    },
    G: async () => measureDevices(stage, await shop()),
    H: async () => measureLicenses(stage, await shop()),
    I: async () => measureCharts(stage, await shop()),
    M: async () => measureTodaysCharts(stage, await shop()),
    J: async () => measureDelivery(stage, await shop()),
    K: () => measureUpgrade(stage),
    L: async () => measureReport(stage, await shop()),
    N: async () => measurePackages(stage),
  };
  const taken: Record<string, Measurement> = {};
  for (const [letter, take] of Object.entries(all)) {
    if (!only.includes(letter)) continue;
    const measurement = await take();
    taken[letter] = measurement;
    // At once, so that nothing is lost if a later one breaks.
    stage.progress("done\n");
    print([...table(measurement.bounds), ...measurement.notes, ""]);
  }
  return taken;
}

function judged(bound: Bound) {
  return { ...bound, holds: holds(bound) };
}

function rounded(_name: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? round(value, 4) : value;
}

function table(bounds: readonly Bound[]): string[] {
  return bounds.map((bound) => {
    const { name, value, kind, limit, unit } = bound;
    const shown = `${round(value)} ${unit}`.padStart(9);
    const asked = `${kind === "min" ? "at least" : "below"} ${limit} ${unit}`.padEnd(15);
    return `${name.padEnd(62)} ${shown}  ${asked}  ${holds(bound) ? "pass" : "FAIL"}`;
  });
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
