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

test("whatever is set up at the terminal has its line, with what changed, and without a secret", async (t) => {
  const app = await startTestApp(t);
  const terminal = openTerminal(app);
  for (const command of [
    "setting set nokkis.gate open",
    "setting set mor.secret 0123456789abcdefghij",
    "operator add ada --role owner",
    "operator add ben --role reseller",
    "setting set mor.numbers 70 --reseller ben",
    "operator password ada",
    "operator role ben accountant",
    "operator disable ben",
    "operator enable ben",
    "operator remove ben",
    "currency add USD --rate 1.08",
    "customer add carla@example.com",
    "organization change --name Hall --add-host hall.example.com",
    "setting unset nokkis.gate",
  ]) {
    await terminal.run(...command.split(" "));
  }
  const lines = await terminal.run("log", "list");
  assert.deepEqual(
    lines.toReversed().map((line) => line.replace(/^\d+ {2}\S+ {2}/, "").replace(/ {2}at the terminal$/, "")),
    [
      "setting changed  setting nokkis.gate, to open",
      "setting changed  setting mor.secret, to (secret)",
      "operator created  role owner, operator ada",
      "operator created  role reseller, operator ben",
      "setting changed  setting mor.numbers, operator ben, to 70",
      "operator password changed  operator ada",
      "operator role changed  operator ben, from reseller, to accountant",
      "operator disabled  operator ben",
      "operator enabled  operator ben",
      "operator removed  role accountant, number 2, operator ben",
      "currency changed  currency USD, to 1.08",
      "customer created  number 1, customer carla@example.com",
      "organization renamed  from Test, to Hall",
      'hosts changed  added ["hall.example.com"], removed []',
      "setting changed  setting nokkis.gate, from open",
    ],
  );
});
