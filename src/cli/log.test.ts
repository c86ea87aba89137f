import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startTestApp } from "../../tests/support/app.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { exchange } from "../../tests/support/exchange.ts";
import { openPlugin } from "../../tests/support/ocharts.ts";
import { openTerminal } from "../../tests/support/terminal.ts";

test("a line of the log tells who it was: somebody with a number, the terminal, the server, or nobody by name", async (t) => {
  const app = await startTestApp(t, { demo: true });
  app.app.startJobs({
    smtpUrl: undefined,
    from: { name: "", address: "shop@example.com" },
    outboxDir: join(app.dataDir, "outbox"),
  });
  const terminal = openTerminal(app);
  const redeem = (key: string, headers: Record<string, string>) =>
    exchange(app.url, `PUT /nokkis/2/barcode/${key}`, { headers });
  await redeem("412158754", {});
  await redeem("83475629310710", { "x-apikey": "ABCDE12345" });
  const admin = { authorization: `Basic ${Buffer.from("admin:admin").toString("base64")}` };
  await exchange(app.url, "DELETE /nokkis/2/barcode/412158754", { headers: admin });
  const plugin = await openPlugin(app);
  for (const reply of [await plugin.xfpr(), await plugin.assign(), await plugin.request()]) {
    assert.equal(reply.result, "1");
  }

  const told = async () =>
    (await terminal.run("log", "list", "--count", "100")).map((line) => {
      const [, , kind, ...words] = line.split("  ");
      return `${kind}: ${words.filter((word) => /^(by|at|from) /.test(word)).join(" ")}`;
    });
  await eventually("the delivery is ready", async () =>
    (await told()).some((line) => line.startsWith("delivery ready")),
  );
  await terminal.run("system", "release", "mylaptop", "--customer", "skipper@example.com");
  const lines = await told();
  const holder = await app.app.queries.customers.byName(1, "skipper@example.com");
  const operator = await app.app.queries.operators.byLogin(1, "admin");
  const key = await app.app.queries.accessKeys.byKey(1, "ABCDE12345");
  for (const line of [
    "entitlement redeemed: from 127.0.0.1",
    `entitlement redeemed: by access key ${key?.id} from 127.0.0.1`,
    `entitlement revoked: by operator ${operator?.id} from 127.0.0.1`,
    `device registered: by customer ${holder?.id} from 127.0.0.1`,
    `entitlement bound: by customer ${holder?.id} from 127.0.0.1`,
    `delivery requested: by customer ${holder?.id} from 127.0.0.1`,
    "delivery ready: by the server",
    "device released: at the terminal",
    "product created: at the terminal",
  ]) {
    assert.ok(lines.includes(line), `"${line}" is not among ${lines.join(", ")}`);
  }
});
