/*
 * The fault: whoever pasted README's example of charts into a shell in one go asked for the link before it was there,
 * and `curl` complained of an empty address.
 *
 * The guarantee: the example works as it stands, pasted in one go, from the login to the zip.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { makeTemporaryFolder } from "../support/folders.ts";
import { root } from "../support/server-process.ts";

test("the example of charts in the README fetches a chart when it is pasted in one go", async (t) => {
  const { app, url } = await startTestApp(t, { demo: true });
  const folder = makeTemporaryFolder(t);
  app.startJobs({
    smtpUrl: undefined,
    from: { name: "", address: "shop@example.com" },
    outboxDir: join(folder, "out"),
  });
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const blocks = readme.matchAll(/(?:^(?: {4}.*)?\n)+/gm).map(([block]) => block);
  const block = blocks.find((one) => one.includes("taskId=login")) ?? "";
  assert.match(block, /taskId=login/);
  const commandLine = `'${process.execPath}' '${join(root, "src/main.ts")}'`;
  const script = block
    .replaceAll("http://127.0.0.1:8080", url)
    .replaceAll("npx counterfoil", commandLine)
    .replace(/^ {4}/gm, "");
  const shell = spawn("sh", [], { cwd: folder, stdio: ["pipe", "ignore", "pipe"] });
  shell.stdin.end(script);
  const [complaints, [code]] = await Promise.all([text(shell.stderr), once(shell, "close")]);
  assert.equal(code, 0, complaints);
  const [zip = "", ...more] = readdirSync(folder).filter((name) => name.endsWith(".zip"));
  assert.deepEqual(more, []);
  const [{ sha256, fileName } = { sha256: "", fileName: "" }] = await builtOf(app);
  assert.equal(zip, fileName);
  assert.equal(
    createHash("sha256")
      .update(readFileSync(join(folder, zip)))
      .digest("hex"),
    sha256,
  );
});

/** What was built for the customer of the sample data. */
async function builtOf({ queries }: Awaited<ReturnType<typeof startTestApp>>["app"]) {
  const customer = await queries.customers.byName(1, "skipper@example.com");
  const contents = await queries.content.heldBy(1, customer?.id ?? 0, "chart");
  return contents.flatMap(({ bindings }) => bindings.flatMap(({ latest }) => latest?.delivery.built ?? []));
}
