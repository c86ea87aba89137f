/**
 * A process that was stopped in the middle of a transaction, as a virtual machine is when it is moved, keeps its locks
 * until the database ends it. Once all commands of the organization waited for these locks, and what the clients had
 * been told was refused was carried out when the locks were let go.
 *
 * Guarantee: who does not need the locked rows is answered as ever; who needs them is told within the command's time,
 * and what was refused is not there afterwards, in either process.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { StoreBusy } from "../../src/engine/store.ts";
import { createSecrets, secretKeyBytes } from "../../src/storage/secrets.ts";
import { createEvent, issue, openTestEngine, redeem, resultOf } from "../support/engine.ts";
import { startProcess } from "../support/server-process.ts";

const program = new URL("../support/freezing-process.ts", import.meta.url).pathname;
/** Shorter than a server has, and than the database takes to end the frozen transaction. */
const commandWaitMaxMs = 2_000;
const frozenMs = 6_000;
const guests = 200;
/** On a machine that does nothing else it is 220 ms for the first and 5 ms for all others. */
const answerMaxMs = 500;

test("while another process is frozen in a transaction, only who needs its rows is refused, and for good", async (t) => {
  const secretKey = randomBytes(secretKeyBytes);
  const here = await openTestEngine(t, { secrets: createSecrets([secretKey]), clock: Date.now, commandWaitMaxMs });
  const { execute, count, database, organizationId } = here;
  await Promise.all([
    execute(createEvent({}, 1)),
    execute(createEvent({}, 2)),
    execute(issue(1, "held")),
    ...Array.from({ length: guests }, (_, index) => execute(issue(2, `guest ${index}`))),
  ]);
  const question = { address: database.address, secretKey: secretKey.toString("hex"), organizationId };
  const peer = startProcess(t, [JSON.stringify({ ...question, productId: 1, code: "held" })], {}, [
    process.execPath,
    program,
  ]);
  await peer.untilPrinted(/frozen/);
  const frozenAtMs = performance.now();

  const refused: number[] = [];
  const needy = [redeem(1, "held"), issue(1, "a"), issue(1, "b"), issue(1, "c")].map(async (command) => {
    await assert.rejects(execute(command), StoreBusy);
    refused.push(performance.now() - frozenAtMs);
  });
  const waits: number[] = [];
  const admitted = Array.from({ length: guests }, async (_, index) => {
    await pause((index * commandWaitMaxMs) / guests);
    const askedAtMs = performance.now();
    assert.equal(resultOf(await execute(redeem(2, `guest ${index}`))), "ok");
    waits.push(performance.now() - askedAtMs);
  });
  await Promise.all([...needy, ...admitted]);
  assert.ok(Math.max(...waits) < answerMaxMs, `the longest wait was ${Math.max(...waits)} ms`);
  assert.ok(Math.max(...refused) < commandWaitMaxMs + answerMaxMs, `refused after ${refused.join(", ")} ms`);

  await pause(frozenMs - (performance.now() - frozenAtMs));
  peer.child.kill("SIGCONT");
  await peer.untilPrinted(/woken failed,failed/);
  await peer.ended;
  assert.equal(await count("entitlement", "product_id = 1"), 1, "neither the refused nor the frozen ones were issued");
  assert.equal(await count("entitlement", "product_id = 1 and redeemed_at is not null"), 0);
  assert.equal(await count("action", "product_id = 1 and kind = 'entitlement_redeemed'"), 0);
  assert.equal(resultOf(await execute(redeem(1, "held"))), "ok", "the row is free again");
});
