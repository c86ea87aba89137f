import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src", import.meta.url));

/**
 * The imports that each part of the source may have besides its own files. A part is a folder, or a file that stands
 * alone. Before you add an arrow, check that the imported function lies in the right folder.
 */
const arrows: Record<string, readonly string[]> = {
  core: [],
  "settings.ts": [],
  "files.ts": [],
  engine: ["core"],
  queries: ["core"],
  wire: [],
  kinds: ["core", "wire"],
  access: ["core", "engine", "queries"],
  storage: ["core", "engine", "queries", "files.ts"],
  signing: ["core", "engine", "queries"],
  content: ["core", "engine", "queries", "jobs", "signing", "files.ts"],
  mail: ["core", "jobs", "settings.ts", "files.ts"],
  "dialects/dialect.ts": [
    "access",
    "content",
    "core",
    "engine",
    "queries",
    "jobs",
    "mail",
    "cli",
    "settings.ts",
    "signing",
  ],
  "dialects/*": [
    "access",
    "content",
    "core",
    "engine",
    "queries",
    "signing",
    "wire",
    "kinds",
    "settings.ts",
    "dialects/dialect.ts",
    // For its mails, its commands and its sample data.
    "jobs",
    "mail",
    "cli",
    "config.ts",
    "demo",
  ],
  "dialects/command-lines.ts": ["dialects/dialect.ts", "dialects/*"],
  "dialects/index.ts": ["dialects/dialect.ts", "dialects/*"],
  api: ["access", "core", "demo", "engine", "queries", "wire", "settings.ts", "dialects/dialect.ts"],
  demo: ["access", "core", "engine", "queries"],
  jobs: ["core", "engine"],
  expiry: ["core", "engine", "queries", "settings.ts"],
  statistics: ["engine"],
  http: ["access", "content", "core", "engine", "queries", "signing", "wire", "dialects/dialect.ts"],
  "config.ts": ["core"],
  cli: ["access", "content", "core", "engine", "queries", "demo", "config.ts", "settings.ts"],
  "organization-settings.ts": ["dialects/command-lines.ts", "expiry", "mail", "settings.ts"],
  "services.ts": [
    "access",
    "engine",
    "queries",
    "storage",
    "content",
    "jobs",
    "dialects/dialect.ts",
    "dialects/index.ts",
  ],
  "app.ts": [
    "services.ts",
    "organization-settings.ts",
    "access",
    "api",
    "engine",
    "queries",
    "storage",
    "content",
    "expiry",
    "jobs",
    "mail",
    "signing",
    "statistics",
    "http",
    "dialects/dialect.ts",
    "dialects/index.ts",
  ],
  "open-database.ts": ["cli", "config.ts", "storage"],
  "main.ts": [
    "api",
    "app.ts",
    "services.ts",
    "open-database.ts",
    "organization-settings.ts",
    "cli",
    "config.ts",
    "mail",
    "storage",
    "dialects/command-lines.ts",
  ],
};

/** Packages that only these parts may use, so that each can be replaced in one place. */
const owners: Record<string, readonly string[]> = {
  fastify: ["http"],
  ajv: ["api"],
  pg: ["storage"],
  saxes: ["wire"],
  // Dialects define commands of their own, and know of it no more than its types.
  commander: ["cli", "dialects/*"],
  "prom-client": ["http"],
  "@node-rs/argon2": ["access"],
  // Its tables are made with the other ones, its workers run with the other jobs.
  "graphile-worker": ["storage", "jobs"],
  nodemailer: ["mail"],
  liquidjs: ["mail"],
  yauzl: ["content"],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const importShape = /^(?:import|export)\s[^"';]*?\sfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

async function readImports(): Promise<readonly Import[]> {
  const files = (await readdir(source, { recursive: true })).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
  );
  const found: Import[] = [];
  for (const from of files) {
    const text = await readFile(join(source, from), "utf8");
    for (const [, named, bare, dynamic] of text.matchAll(importShape)) {
      const specifier = named ?? bare ?? dynamic ?? "";
      const to = specifier.startsWith(".") ? relative(source, join(source, dirname(from), specifier)) : specifier;
      found.push({ from, to });
    }
  }
  return found;
}

/** The part of the source that a file belongs to; of a dialect, its own folder. */
function partOf(file: string): { part: string; room: string } {
  const [folder = "", second = ""] = file.split("/");
  if (folder !== "dialects") return { part: folder, room: folder };
  return second.endsWith(".ts") ? { part: file, room: file } : { part: "dialects/*", room: `dialects/${second}` };
}

const isOurs = (to: string) => to.endsWith(".ts");

test("imports run one way only", async () => {
  const imports = await readImports();
  assert.ok(imports.length > 100, "the scan found too few imports to be believed");
  const wrong = imports
    .filter(({ to }) => isOurs(to))
    .filter(({ from, to }) => {
      const here = partOf(from);
      const there = partOf(to);
      if (here.room === there.room) return false;
      const allowed = arrows[here.part];
      assert.ok(allowed !== undefined, `no arrow is drawn for ${here.part}: add it to this test`);
      return !allowed.includes(there.part) || (here.part === "dialects/*" && there.part === "dialects/*");
    })
    .map(({ from, to }) => `${from} -> ${to}`);
  assert.deepEqual(wrong, [], "these imports point the wrong way; see docs/architecture.md");
});

test("a library is known to the parts that own it only", async () => {
  const wrong = (await readImports())
    .filter(({ from, to }) => owners[to]?.includes(partOf(from).part) === false)
    .filter(({ from, to }) => !(to === "fastify" && from === "app.ts"))
    .map(({ from, to }) => `${from} -> ${to}`);
  assert.deepEqual(wrong, [], "these files reach past the part that owns the library");
});

test("core has neither clock nor randomness nor input and output", async () => {
  const wrong = (await readImports()).filter(({ from, to }) => from.startsWith("core/") && !isOurs(to));
  assert.deepEqual(wrong, []);
  for (const file of await readdir(join(source, "core"), { recursive: true })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const text = await readFile(join(source, "core", file), "utf8");
    assert.doesNotMatch(text, /Date\.now|new Date\(\)|Math\.random|process\.|fetch\(/, file);
  }
});
