import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand, startServer, temporaryFolder } from "../support/server-process.ts";

test("a publisher sets up a chart, its edition, a customer and an order, beside a server and without one", async (t) => {
  const environment = { DATA_DIR: join(temporaryFolder(t), "data") };
  const edition = join(temporaryFolder(t), "edition");
  mkdirSync(edition);
  writeFileSync(join(edition, "GB100001.oesenc"), "cells");
  writeFileSync(join(edition, "Chartinfo.txt"), "ChartInfo:British Isles;2026-1;2026-04-01\n");
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await runCommand(t, words, environment);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  const server = await startServer(t, environment);
  const customer = ["--customer", "skipper@example.com"];
  assert.match(
    await run("customer", "add", "skipper@example.com"),
    /^name {6}skipper@example\.com\nnumber {4}\d+\npassword {2}\S{20}\nIt is not shown again\.\n$/,
  );
  assert.equal(await run("chart", "add", "British Isles", "--id", "15"), "British Isles has the number 15.\n");
  const edited = ["--product", "15", "--edition", "2026-1", "--published", "2026-04-01", edition];
  assert.match(await run("edition", "add", ...edited), /British Isles has the edition 2026-1: 2 files, \d+ B\.\n$/);
  assert.equal(
    await run("order", "add", "GBLAQPDMG", ...customer, "--product", "15", "--expires", "2199-12-31"),
    "GBLAQPDMG-15-1  British Isles  for skipper@example.com  valid until 2199-12-31\n",
  );
  assert.equal((await server.stop()).code, 0);

  assert.equal(
    await run("chart", "list"),
    "NUMBER  NAME           SLOTS  EDITION  PUBLISHED   SOLD  SALE\n15      British Isles  2      2026-1   2026-04-01  1     open\n",
    "the embedded database is started for a command",
  );
  assert.match(
    await run("order", "list", ...customer),
    /\nGBLAQPDMG-15-1 {2}British Isles {2}skipper@example\.com {2}\d{4}-\d\d-\d\d {2}2199-12-31 {2}valid {2}2 {6}-\n$/,
  );
});
