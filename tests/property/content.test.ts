import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type pg from "pg";
import { bindingsOf } from "../../src/core/binding.ts";
import type { Command, Outcome } from "../../src/core/command.ts";
import * as customer from "../../src/core/customer.ts";
import { deliveries, deliveriesOf } from "../../src/core/delivery.ts";
import { devices } from "../../src/core/device.ts";
import { editions } from "../../src/core/edition.ts";
import { entitlements } from "../../src/core/entitlement.ts";
import { jobs } from "../../src/core/job.ts";
import { put } from "../../src/core/state.ts";
import { openPool } from "../../src/storage/database.ts";
import { openTestEngine, startMs, successOf, type TestEngine } from "../support/engine.ts";
import { decideStrictly, MemoryState } from "../support/memory-state.ts";
import { anybody } from "../support/principals.ts";
import { type ContentMoment, contentHistory, customers, opening, withDeliveryNumber } from "./content-history.ts";
import { ContentModel } from "./content-model.ts";
import { describeContentOutcome, deviceText } from "./content-outcome.ts";
import { tries } from "./history.ts";

const refusalsOf: Record<string, string> = {
  register_device: "ok device_invalid fingerprint_differs fingerprint_taken device_disabled",
  change_device: "ok device_not_found",
  bind: "ok entitlement_not_found device_not_found device_invalid slot_not_found entitlement_revoked device_disabled slot_taken already_bound slots_taken no_longer_valid",
  unbind: "ok entitlement_not_found not_bound",
  add_edition: "ok edition_invalid edition_taken",
  request_delivery:
    "ok entitlement_not_found device_not_found edition_not_found entitlement_revoked device_disabled not_bound already_delivered no_longer_valid",
  finish_delivery: "ok entitlement_not_found delivery_ended",
  end_delivery: "ok entitlement_not_found delivery_ended",
  revoke: "ok entitlement_not_found",
};

/** The commands of a moment as they are given: deliveries that were not requested before it are nobody's. */
function givenAt({ commands }: ContentMoment, model: ContentModel): readonly Command[] {
  const known = model.deliveries.length;
  return commands.map((one) => ("deliveryId" in one && one.deliveryId > known ? { ...one, deliveryId: 0 } : one));
}

test("the histories of content are rich: every refusal comes up, and deliveries that end in every way", () => {
  const seen = new Set<string>();
  for (const moments of fc.sample(contentHistory, tries(1_000))) {
    const model = new ContentModel();
    let nowMs = startMs;
    for (const moment of moments) {
      nowMs += moment.afterMs;
      for (const command of givenAt(moment, model)) {
        const offered = model.deliveries.filter(({ isOver }) => !isOver).length;
        const lines = model.log.length;
        const outcome = model.act(command, nowMs);
        if (command.verb === "register_device" && model.log.length === lines + 2) seen.add("moved");
        seen.add(`${command.verb} ${outcome.startsWith("ok") ? "ok" : outcome}`);
        const left = model.deliveries.filter(({ isOver }) => !isOver).length;
        if (left < offered) seen.add(`${command.verb} ends a delivery`);
        if (command.verb === "request_delivery" && outcome.startsWith("ok") && left === offered) seen.add("replaced");
      }
    }
  }
  for (const [verb, outcomes] of Object.entries(refusalsOf)) {
    for (const outcome of outcomes.split(" ")) assert.ok(seen.has(`${verb} ${outcome}`), `${verb} ${outcome}`);
  }
  for (const verb of ["register_device", "change_device", "unbind", "end_delivery", "revoke"]) {
    assert.ok(seen.has(`${verb} ends a delivery`), verb);
  }
  assert.ok(seen.has("replaced") && seen.has("moved"));
});

test("whatever is asked for, the rules of content and a model that is told in another way agree", () => {
  fc.assert(
    fc.property(contentHistory, (moments) => {
      const state = new MemoryState();
      state.apply(customers.map((one) => put(customer.customers, one)));
      const log: string[] = [];
      const decideOne = (command: Command, nowMs: number) => {
        const circumstances = { nowMs, principal: anybody, address: null } as const;
        const decision = decideStrictly(state, command, circumstances);
        state.apply(decision.effects);
        for (const { kind, code, deviceId } of decision.entries) {
          const device = deviceId === undefined ? undefined : deviceWith(state, deviceId);
          log.push(
            [kind, ...(code === null ? [] : [code]), ...(device === undefined ? [] : [deviceText(device)])].join(" "),
          );
        }
        return decision.outcome;
      };
      for (const command of opening) successOf(decideOne(command, startMs));
      log.length = 0;
      const model = new ContentModel();
      let nowMs = startMs;
      for (const moment of moments) {
        nowMs += moment.afterMs;
        for (const command of givenAt(moment, model)) {
          const outcome = describeContentOutcome(decideOne(command, nowMs));
          assert.equal(outcome, model.act(command, nowMs), JSON.stringify(command));
          checkInvariants(state);
        }
      }
      assert.deepEqual(log, model.log);
      assert.deepEqual(describeState(state), model.describe());
      const tasks = state.all(jobs).map(({ task }) => task);
      assert.equal(
        tasks.filter((task) => task === "build_delivery").length,
        model.deliveries.length,
        "a build for each",
      );
      assert.equal(
        tasks.filter((task) => task === "mail_delivery").length,
        model.mails,
        "a mail for each that is ready",
      );
    }),
    tries(200),
  );
});

function deviceWith(state: MemoryState, deviceId: number) {
  return state.all(devices).find(({ id }) => id === deviceId);
}

/** What a state comes to, in the words of the model. */
function describeState(state: MemoryState): string[] {
  const systems = state
    .all(devices)
    .map(
      (one) =>
        `${deviceText(one)} ${one.fingerprint === null ? "free" : "taken"} ${one.disabledAtMs === null ? "let in" : "barred"}`,
    );
  const units = state.all(entitlements).map(({ code }) => {
    const slots = ["-", "-"];
    for (const { slot, device } of bindingsOf(state, code)) slots[slot] = device.name;
    return `${code} ${slots.join()}`;
  });
  const codes = new Map(state.all(entitlements).map(({ id, code }) => [id, code]));
  const editionNames = new Map(state.all(editions).map(({ id, name }) => [id, name]));
  const delivered = state.all(deliveries).map(({ id, entitlementId, deviceId, editionId, ...rest }) => {
    const device = deviceWith(state, deviceId);
    assert.ok(device !== undefined);
    const until = rest.built?.expiresAtMs ?? "unbuilt";
    const what = `${editionNames.get(editionId)} ${codes.get(entitlementId)} to ${deviceText(device)}`;
    return `delivery ${id} of ${what} ${until} ${rest.endedAtMs === null ? "offered" : "over"}`;
  });
  return [...systems.sort(), ...units, ...delivered];
}

function checkInvariants(state: MemoryState): void {
  for (const { code, revokedAtMs } of state.all(entitlements)) {
    const bindings = bindingsOf(state, code);
    const slots = bindings.map(({ slot }) => slot);
    assert.equal(new Set(slots).size, slots.length, "a slot never has two devices");
    assert.equal(new Set(bindings.map(({ device }) => device.id)).size, slots.length, "nor a device two slots");
    const live = state.find(deliveriesOf, code).map(({ deviceId }) => deviceId);
    assert.equal(new Set(live).size, live.length, "at most one live delivery for an entitlement and a device");
    const holders = new Set(bindings.map(({ device }) => device.id));
    assert.ok(
      live.every((deviceId) => holders.has(deviceId)),
      "only who holds it is delivered it",
    );
    assert.ok(revokedAtMs === null || live.length === 0, "nothing is delivered of what is revoked");
  }
  const all = state.all(devices);
  const machines = all.flatMap(({ customerId, fingerprint }) =>
    fingerprint === null ? [] : [`${customerId} ${fingerprint}`],
  );
  assert.equal(new Set(machines).size, machines.length, "no two devices of a customer are one machine");
  assert.equal(new Set(all.map(deviceText)).size, all.length, "no two devices of a customer have one name");
}

/** Above those of the engines themselves. */
let lastOrganizationId = 2_000;

interface Place {
  execute(engine: TestEngine, command: Command): Promise<Outcome>;
  /** Runs a query in which `$1` is the organization. */
  sql<R extends pg.QueryResultRow>(text: string): Promise<R[]>;
}

/** Gives every run an organization of its own, on one database, with the customers and what they hold. */
async function openOrganizations(t: TestContext) {
  const one = await openTestEngine(t);
  const pool = openPool(one.database.address, 2);
  t.after(() => pool.end());
  return {
    one,
    async next(): Promise<Place> {
      const organizationId = ++lastOrganizationId;
      await one.administration.ensureOrganization(organizationId, "Property");
      for (const customer of customers) await one.administration.putCustomer(organizationId, customer);
      one.nowMs = startMs;
      for (const command of opening) successOf(await one.execute(command, { organizationId }));
      return {
        execute: (engine, command) => engine.execute(command, { organizationId }),
        sql: async (text) => (await pool.query(text, [organizationId])).rows,
      };
    },
  };
}

/** The numbers of deliveries, in the order in which they were requested. */
async function deliveryNumbers({ sql }: Place): Promise<number[]> {
  const rows = await sql<{ id: number }>("select id from delivery where organization_id = $1 order by id");
  return rows.map(({ id }) => id);
}

test("whatever arrives together or one after the other, engine and database agree with the model of content", async (t) => {
  const { one, next } = await openOrganizations(t);
  await fc.assert(
    fc.asyncProperty(contentHistory, async (moments) => {
      const place = await next();
      const model = new ContentModel();
      for (const moment of moments) {
        one.nowMs += moment.afterMs;
        const numbers = await deliveryNumbers(place);
        const commands = givenAt(moment, model);
        const outcomes = await Promise.all(
          commands.map((command) => place.execute(one, withDeliveryNumber(command, numbers))),
        );
        for (const [index, command] of commands.entries()) {
          const outcome = outcomes[index];
          assert.ok(outcome !== undefined);
          assert.equal(describeContentOutcome(outcome), model.act(command, one.nowMs), JSON.stringify(command));
        }
      }
      await assertAsModelled(place, model);
      await assertSound(place);
    }),
    tries(30),
  );
});

async function assertAsModelled({ sql }: Place, model: ContentModel): Promise<void> {
  const lines = await sql<{ line: string }>(
    `select concat_ws(' ', a.kind, a.code, d.customer_id || '/' || d.name) as line from action a
     left join device d on d.organization_id = a.organization_id and d.id = a.device_id
     where a.organization_id = $1 and a.kind not in ('product_created', 'entitlement_issued', 'customer_created') order by a.id`,
  );
  assert.deepEqual(
    lines.map(({ line }) => line),
    model.log,
  );
  const systems = await sql<{ line: string }>(
    `select customer_id || '/' || name || case when fingerprint_hash is null then ' free' else ' taken' end
       || case when disabled_at is null then ' let in' else ' barred' end as line
     from device where organization_id = $1`,
  );
  const units = await sql<{ line: string }>(
    `select e.code || ' ' || (
       select string_agg(coalesce(d.name, '-'), ',' order by s.slot) from generate_series(0, 1) as s (slot)
       left join binding b on b.organization_id = $1 and b.entitlement_id = e.id and b.slot = s.slot
       left join device d on d.organization_id = $1 and d.id = b.device_id) as line
     from entitlement e where e.organization_id = $1 order by e.code`,
  );
  const deliveries = await sql<{ line: string }>(
    `select concat('delivery ', row_number() over (order by v.id), ' of ', n.name, ' ', e.code, ' to ', d.customer_id, '/', d.name, ' ',
       coalesce((extract(epoch from v.expires_at) * 1000)::bigint::text, 'unbuilt'),
       case when v.ended_at is null then ' offered' else ' over' end) as line
     from delivery v
     join edition n on n.organization_id = $1 and n.id = v.edition_id
     join entitlement e on e.organization_id = $1 and e.id = v.entitlement_id
     join device d on d.organization_id = $1 and d.id = v.device_id
     where v.organization_id = $1 order by v.id`,
  );
  const found = [
    systems.map(({ line }) => line).sort(),
    units.map(({ line }) => line),
    deliveries.map(({ line }) => line),
  ];
  assert.deepEqual(found.flat(), model.describe());
}

test("whatever two engines do at once, no slot, machine or delivery is there twice, and no delivery outlives its reason", async (t) => {
  const { one, next } = await openOrganizations(t);
  const other = await openTestEngine(t, { beside: one });
  await fc.assert(
    fc.asyncProperty(contentHistory, async (moments) => {
      const place = await next();
      for (const { afterMs, commands } of moments) {
        one.nowMs += afterMs;
        other.nowMs = one.nowMs;
        const numbers = await deliveryNumbers(place);
        await Promise.all(
          commands.map((command, index) =>
            place.execute(index % 2 === 0 ? one : other, withDeliveryNumber(command, numbers)),
          ),
        );
        await assertSound(place);
      }
    }),
    tries(20),
  );
});

/** What holds after any history, whoever came first: each query finds what there must not be. */
async function assertSound({ sql }: Place): Promise<void> {
  const faults: Record<string, string> = {
    "two devices of a customer are one machine": `select from device where organization_id = $1 and fingerprint_hash is not null
       group by customer_id, fingerprint_hash having count(*) > 1`,
    "two devices of a customer have one name": `select from device where organization_id = $1
       group by customer_id, name having count(*) > 1`,
    "a slot has two devices, or a device two slots": `select from binding where organization_id = $1
       group by entitlement_id having count(*) > count(distinct slot) or count(*) > count(distinct device_id)`,
    "a slot that the product has not is taken": "select from binding where organization_id = $1 and slot > 1",
    "a device holds what is another customer's": `select from binding b
       join device d on d.organization_id = $1 and d.id = b.device_id
       join entitlement e on e.organization_id = $1 and e.id = b.entitlement_id
       where b.organization_id = $1 and d.customer_id <> e.customer_id`,
    "two live deliveries of an entitlement to a device": `select from delivery where organization_id = $1 and ended_at is null
       group by entitlement_id, device_id having count(*) > 1`,
    "a live delivery to a device that does not hold the entitlement": `select from delivery v
       where v.organization_id = $1 and v.ended_at is null and not exists (
         select from binding b where b.organization_id = $1 and b.entitlement_id = v.entitlement_id and b.device_id = v.device_id)`,
    "a live delivery of what was revoked": `select from delivery v
       join entitlement e on e.organization_id = $1 and e.id = v.entitlement_id and e.revoked_at is not null
       where v.organization_id = $1 and v.ended_at is null`,
    "a live delivery that was requested for the machine before": `select from delivery v
       where v.organization_id = $1 and v.ended_at is null and (
         select max(a.id) from action a where a.organization_id = $1 and a.device_id = v.device_id and a.kind = 'device_registered'
       ) > (
         select max(a.id) from action a where a.organization_id = $1 and a.device_id = v.device_id
           and a.entitlement_id = v.entitlement_id and a.kind = 'delivery_requested')`,
    "a delivery that is not built once": `select from delivery v where v.organization_id = $1 and 1 <> (
       select count(*) from graphile_worker._private_jobs j
       join graphile_worker._private_tasks t on t.id = j.task_id and t.identifier = 'build_delivery'
       where (j.payload ->> 'organizationId')::bigint = $1 and (j.payload ->> 'deliveryId')::bigint = v.id)`,
  };
  for (const [fault, query] of Object.entries(faults)) assert.deepEqual(await sql(query), [], fault);
}
