import assert from "node:assert/strict";
import { operatorPrincipal } from "../../src/access/principals.ts";
import { type Card, cards, secretSpaces } from "../../src/core/card.ts";
import type { CategoryTerms } from "../../src/core/category.ts";
import type { Command, CommandOf, Outcome } from "../../src/core/command.ts";
import { type Delivery, deliveries } from "../../src/core/delivery.ts";
import { type Device, type DeviceName, deviceKey, devices } from "../../src/core/device.ts";
import { type Edition, editions } from "../../src/core/edition.ts";
import { conflicts, type Entitlement, entitlements, type Redemption } from "../../src/core/entitlement.ts";
import { type Hold, holds } from "../../src/core/hold.ts";
import { type JobDraft, jobs } from "../../src/core/job.ts";
import type { LogEntryDraft } from "../../src/core/log-entry.ts";
import { formatMoney, type Money, parseMoney } from "../../src/core/money.ts";
import { operators } from "../../src/core/operator.ts";
import type { Package } from "../../src/core/package.ts";
import type { Principal } from "../../src/core/principal.ts";
import {
  accessKeys,
  type OpenableProduct,
  type Product,
  type ProductTerms,
  products,
  type StockTerms,
} from "../../src/core/product.ts";
import { resellerTerms } from "../../src/core/reseller-terms.ts";
import { payments, rates, sales } from "../../src/core/sale.ts";
import { put } from "../../src/core/state.ts";
import { inOrder, uses } from "../../src/core/use.ts";
import { machineNamed } from "../../src/dialects/ezpert/mac-address.ts";
import { systemNamed } from "../../src/kinds/chart/system-name.ts";
import { decideStrictly, MemoryState } from "./memory-state.ts";
import { anybody, gate, owner } from "./principals.ts";

/**
 * Plays a table against the rules, on a state that is empty at first. Each row is a command:
 *
 *     at    | command           | log                                          | outcome
 *     09:00 | redeem 1 100      | entitlement_redeemed 100#1                   | ok redeemed=09:00
 *     09:05 | redeem 1 100      | entitlement_redeemed 100#1: already_redeemed | already_redeemed
 *
 * - `at` is a time of day, to the minute, second or millisecond. A blank cell repeats the time of the row above.
 * - `command` is a verb with its words, then `name=value` pairs; `''` is the empty text. Any command takes `by=key:3` or
 *   `by=operator:7`, and `ip=`. `show 1` and `show code 100` show the state instead, and `conflicts` shows the conflicts.
 * - `log` is the log entry: its kind, the code, `#` and the number of the entitlement if there is one, `at` with the time
 *   if that is not now, `on` with the number of the device if there is one, and the refusal after a colon. Blank for none.
 * - `redeem 1 100 out` is an exit. `terms 1 uses=10 per=day exits=yes zone=Europe/Helsinki` sets terms of a product,
 *   `uses=any` for no limit, and `own 100 uses=3 category=adult suspended=09:00` those of an entitlement. `uses` shows all
 *   rows of uses in their order.
 * - `drawn=` has the random codes of an `issue` without a code, the pins of a `stock` or the text of a `token`.
 * - A new code is `as=`, or one of those in `drawn=`. `note` changes one entitlement: `uses=`, `reference=`, `attention=`,
 *   and `meta.name=` for each value of its metadata; `none` takes one away.
 * - Amounts are decimals in the currency in `in=`, or in euros. `rates EUR=1 USD=2` sets the currencies, the first as the
 *   default. `pins 4 used=1999` sets the number of used pins of a length. `sales`, `payments`, `jobs` and `sellers` show these rows,
 *   `show card 0001` shows a card.
 * - `void`, `return`, `refund` and `undo_top_up` reverse payments of a card; `price`, `withdraw 1 10:00` and `renew` change the terms of a product, and
 *   `reseller 1 5` those of the operator 5, whose login is `seller 5`. `by=reseller:5` is this operator.
 * - Devices are machines, or systems for the commands that only systems have; `as=` names another kind. `register 1 boat
 *   print=a` is a command of customer 1. `show device 1 boat` shows a system of a customer, `deliveries` shows all
 *   deliveries: number, device, edition and state.
 * - `hold 1 quantity=2 category=adult for=60000` holds places for so many milliseconds, `hold 1 stock=2` stock;
 *   `give_back 1 3` releases the hold 3, `issue 1 hold=3` and `sell 1 hold=3` confirm it, and `show hold 3` shows it.
 * - `outcome` is a refusal, or `ok` with the facts to compare.
 */
export function playTable(table: string): void {
  const [head, ...rows] = table
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  assert.deepEqual(head, ["at", "command", "log", "outcome"], "the head of the table");
  assert.ok(rows.length > 0, "a table has rows");
  const play = new Play();
  for (const row of rows) {
    assert.equal(row.length, 4, `four cells: ${row.join(" | ")}`);
    const [at = "", command = "", log = "", outcome = ""] = row;
    try {
      play.row(at, command, log, outcome);
    } catch (error) {
      if (error instanceof Error) error.message = `${at} | ${command} | ${log} | ${outcome}\n${error.message}`;
      throw error;
    }
  }
}

/** An empty state with two resellers, of the numbers 5 and 6. */
function stateWithSellers(): MemoryState {
  const state = new MemoryState();
  const account = { role: "reseller", passwordHash: "", disabledAtMs: null } as const;
  state.apply([5, 6, 7].map((id) => put(operators, { id, login: `seller ${id}`, ...account })));
  return state;
}

class Play {
  readonly #state = stateWithSellers();
  #nowMs = 0;

  row(at: string, text: string, log: string, expected: string): void {
    if (at !== "") this.#nowMs = readTime(at);
    const { verb, words, fields } = readCommandText(text);
    if (verb === "show") this.#show(words, expected);
    else if (verb === "conflicts") this.#conflicts(expected);
    else if (verb === "uses") this.#uses(expected);
    else if (verb === "terms") this.#setTerms(Number(words[0]), fields);
    else if (verb === "own") this.#setOwn(words[0] ?? "", fields);
    else if (verb === "rates") this.#setRates(fields);
    else if (verb === "pins") {
      const used = BigInt(fields.get("used") ?? 0);
      this.#state.apply([put(secretSpaces, { digits: Number(words[0]), used })]);
    } else if (verb === "sales") this.#sales(expected);
    else if (verb === "deliveries") this.#deliveries(expected);
    else if (verb === "sellers") this.#sellers(expected);
    else if (verb === "payments") this.#payments(expected);
    else if (verb === "jobs") {
      assert.equal(this.#state.all(jobs).map(jobText).join("; ") || "none", expected);
    } else this.#decide(readCommand(verb, words, fields), fields, log, expected);
  }

  #decide(command: Command, fields: ReadonlyMap<string, string>, log: string, expected: string): void {
    const decision = decideStrictly(this.#state, command, {
      nowMs: this.#nowMs,
      principal: readPrincipal(fields.get("by")),
      address: fields.get("ip") ?? null,
      drawn: fields.get("drawn")?.split(",") ?? [],
    });
    this.#state.apply(decision.effects);
    assert.equal(decision.entries.map((action) => logText(action, this.#nowMs)).join("; "), log, "log");
    checkOutcome(decision.outcome, expected);
  }

  #show(words: readonly string[], expected: string): void {
    const [first = "", code = "", name = ""] = words;
    const product = this.#state.get(products, Number(first));
    const facts =
      first === "hold"
        ? holdFacts(this.#state.get(holds, Number(code)))
        : first === "code"
          ? entitlementFacts(this.#state.get(entitlements, code))
          : first === "card"
            ? cardFacts(this.#state.get(cards, code)?.card)
            : first === "device"
              ? deviceFacts(this.#state.get(devices, deviceKey({ customerId: Number(code), ...systemNamed(name) })))
              : product && productFacts(product, this.#state.get(accessKeys, product.id)?.keys ?? []);
    checkFacts(facts, expected.split(" "));
  }

  #setRates(fields: ReadonlyMap<string, string>): void {
    const rate = new Map([...fields].map(([code, text]) => [code, BigInt(Math.round(Number(text) * 1e9))]));
    const [byDefault = ""] = rate.keys();
    this.#state.apply([put(rates, { byDefault, rate })]);
  }

  #sellers(expected: string): void {
    const found = this.#state.all(resellerTerms).map(({ operatorId, productId, price, commissionPpm, quota, sold }) => {
      const own = `${price === null ? "" : ` at ${formatMoney(price)}`}${commissionPpm === 0 ? "" : ` for ${commissionPpm / 10_000}`}`;
      return `${operatorId} sells ${productId}${own}: ${sold} of ${quota ?? "any"}`;
    });
    assert.equal(found.join("; ") || "none", expected);
  }

  #setTerms(productId: number, fields: ReadonlyMap<string, string>): void {
    const product = this.#state.get(products, productId);
    assert.ok(product !== undefined, `there is a product ${productId}`);
    const max = fields.get("uses");
    const uses = {
      max: max === undefined ? product.uses.max : max === "any" ? null : Number(max),
      per: fields.get("per") === "day" ? ("day" as const) : product.uses.per,
    };
    const reentry = fields.has("exits") ? "after_exit" : product.reentry;
    this.#state.apply([put(products, { ...product, uses, reentry, timeZone: fields.get("zone") ?? product.timeZone })]);
  }

  #setOwn(code: string, fields: ReadonlyMap<string, string>): void {
    const entitlement = this.#state.get(entitlements, code);
    assert.ok(entitlement !== undefined, `there is an entitlement ${code}`);
    const max = fields.get("uses");
    const suspended = fields.get("suspended");
    const changed: Entitlement = {
      ...entitlement,
      category: fields.get("category") ?? entitlement.category,
      usesMax: max === undefined ? entitlement.usesMax : Number(max),
      suspendedAtMs: suspended === undefined ? null : readTime(suspended),
    };
    this.#state.apply([put(entitlements, changed)]);
  }

  #uses(expected: string): void {
    const found = this.#state
      .all(uses)
      .sort(inOrder)
      .map(
        ({ number, atMs, direction, count, refusal, undoneAtMs }) =>
          `${number} ${direction}${count === 1 ? "" : ` of ${count}`} ${writeTime(atMs)}${refusal === null ? "" : ` ${refusal}`}${undoneAtMs === null ? "" : " undone"}`,
      );
    assert.equal(found.join("; ") || "none", expected);
  }

  #sales(expected: string): void {
    const found = this.#state
      .all(sales)
      .map(
        ({ id, productId, email, channel, operatorId, soldAtMs }) =>
          `${id} of ${productId} at ${writeTime(soldAtMs)} ${channel} to ${email ?? "nobody"} by ${operatorId ?? "nobody"}`,
      );
    assert.equal(found.join("; ") || "none", expected);
  }

  #deliveries(expected: string): void {
    const names = new Map(this.#state.all(editions).map(({ id, name }) => [id, name]));
    const found = this.#state
      .all(deliveries)
      .map(
        ({ id, deviceId, editionId, built, endedAtMs }) =>
          `${id} to ${deviceId} of ${names.get(editionId)} ${endedAtMs === null ? (built === null ? "building" : "ready") : "ended"}`,
      );
    assert.equal(found.join("; ") || "none", expected);
  }

  #payments(expected: string): void {
    const codes = new Map(this.#state.all(entitlements).map(({ id, code }) => [id, code]));
    const found = this.#state
      .all(payments)
      .map(
        ({ id, saleId, entitlementId, amount, tax, rate, description, resellerId, commission, reverses }) =>
          `${id} for ${codes.get(entitlementId)} in ${saleId ?? "no sale"}: ${formatMoney(amount)} ${amount.currency} with ${formatMoney(tax)} at ${Number(rate) / 1e9}${description && ` ${description}`}${resellerId === null ? "" : ` of ${resellerId}`}${commission.minor === 0n ? "" : ` who keeps ${formatMoney(commission)}`}${reverses === null ? "" : ` reverses ${reverses}`}`,
      );
    assert.equal(found.join("; ") || "none", expected);
  }

  #conflicts(expected: string): void {
    const codes = new Map(this.#state.all(entitlements).map(({ id, code }) => [id, code]));
    const side = ({ atMs, ...who }: Redemption) => `${writeTime(atMs)}(${who.address ?? whoText(who)})`;
    const found = this.#state.all(conflicts).map(({ entitlementId, kept, lost, refusal }) => {
      const sides = `${kept === null ? "" : `kept ${side(kept)} `}lost ${side(lost)}`;
      return `${codes.get(entitlementId)} ${sides}${refusal === "already_redeemed" ? "" : `: ${refusal}`}`;
    });
    assert.equal(found.join("; ") || "none", expected);
  }
}

function readCommandText(text: string) {
  const [verb = "", ...rest] = text.split(/ +/);
  const words = rest.filter((word) => !word.includes("="));
  const fields = new Map(
    rest
      .filter((word) => word.includes("="))
      .map((word) => {
        const [name = "", value = ""] = word.split("=");
        return [name, value === "''" ? "" : value] as const;
      }),
  );
  return { verb, words, fields };
}

function readCommand(verb: string, words: readonly string[], fields: ReadonlyMap<string, string>): Command {
  const productId = Number(words[0]);
  const code = words[1] ?? "";
  switch (verb) {
    case "create": {
      const terms = {
        name: "Gala",
        description: "",
        startsAtMs: null,
        endsAtMs: null,
        capacity: null,
        accessKeys: [],
        ...readTerms(fields),
      };
      const slots = fields.get("slots");
      return {
        verb: "create_product",
        kind: readKind(fields) ?? (slots !== undefined ? "license" : fields.has("price") ? "card_group" : "event"),
        terms,
        ...(slots === undefined ? {} : { slots: Number(slots) }),
        ...(fields.has("price") ? { stock: readStockTerms(fields) } : {}),
        ...(words.length === 0 ? {} : { id: productId }),
      };
    }
    case "change":
      return { verb: "change_product", productId, terms: readTerms(fields) };
    case "hold": {
      const { category, reference = "order" } = Object.fromEntries(fields);
      const quantity = Number(fields.get("quantity") ?? 1);
      const lasting = fields.get("for");
      return {
        verb: "hold",
        productId,
        what: fields.has("stock")
          ? { stock: Number(fields.get("stock")), ownerId: readOwner(fields) }
          : { places: quantity, ...(category === undefined ? {} : { category }) },
        reference,
        ...(lasting === undefined ? {} : { durationMs: Number(lasting) }),
      };
    }
    case "give_back":
      return { verb: "release", productId, hold: Number(code) };
    case "retire":
      return { verb: "retire_product", productId };
    case "issue": {
      const holder = fields.get("to")?.replaceAll("_", " ") ?? null;
      const quantity = fields.get("quantity");
      const holderName = fields.get("called")?.replaceAll("_", " ");
      const mail = fields.get("mail");
      const issued = fields.get("issued");
      const expires = fields.get("expires");
      return {
        verb: "issue",
        productId,
        holder,
        ...(holderName === undefined ? {} : { holderName }),
        ...(mail === undefined ? {} : { mailsHolder: true, ...(mail === "yes" ? {} : { mailTask: mail }) }),
        ...(quantity === undefined ? {} : { quantity: Number(quantity) }),
        ...(issued === undefined ? {} : { issuedAtMs: readTime(issued) }),
        ...(expires === undefined ? {} : { expiresAtMs: readTime(expires) }),
        ...readOwnTerms(fields),
        code: words.length === 1 ? { randomDigits: 6 } : code.includes(",") ? code.split(",") : code,
      };
    }
    case "redeem": {
      const scanned = fields.get("scanned");
      const count = fields.get("count");
      return {
        verb: "redeem",
        productId,
        code,
        ...(scanned === undefined ? {} : { occurredAtMs: readTime(scanned) }),
        ...(words.includes("out") ? { direction: "exit" as const } : {}),
        ...(count === undefined ? {} : { count: Number(count) }),
        ...(fields.has("admits") ? { admits: (fields.get("admits") ?? "").split(",") } : {}),
      };
    }
    case "undo": {
      const number = fields.get("number");
      const reason = fields.get("reason") ?? "a mistake";
      return { verb: "undo", productId, code, reason, ...(number === undefined ? {} : { number: Number(number) }) };
    }
    case "revoke": {
      const holder = fields.get("of");
      return { verb: "revoke", productId, code, ...(holder === undefined ? {} : { holder }) };
    }
    case "suspend":
    case "reinstate":
      return { verb, productId, code };
    case "extend":
      return { verb, productId, code, ...readOwnTime(fields) };
    case "transfer": {
      const holderName = fields.get("called")?.replaceAll("_", " ");
      return {
        verb,
        productId,
        code,
        holder: fields.get("to") ?? "",
        ...(holderName === undefined ? {} : { holderName }),
        ...(fields.has("as") || fields.has("drawn") ? { newCode: readNewCode(fields) } : {}),
      };
    }
    case "reissue":
      return { verb, productId, code, newCode: readNewCode(fields) };
    case "note":
      return { verb: "change_entitlement", productId, code, ...readNotes(fields) };
    case "stock":
      return {
        verb: "add_stock",
        productId,
        numbers: code === "" ? [] : code.split(","),
        secretDigits: Number(fields.get("pins") ?? 0),
        balance: readMoney(fields, fields.get("balance") ?? "10.00"),
        batch: fields.get("batch") ?? "",
        details: {},
        ...(fields.has("own") ? { pins: (fields.get("own") ?? "").split(",") } : {}),
        ...(fields.has("max") ? { stockMax: Number(fields.get("max")) } : {}),
      };
    case "sell":
      return {
        verb: "sell",
        productId,
        ownerId: readOwner(fields),
        what: readSold(code, fields),
        ...(fields.has("reference") ? { reference: fields.get("reference") ?? "" } : {}),
        email: fields.get("email") ?? null,
        currency: fields.get("in") ?? null,
        channel: "test",
      };
    case "top_up":
      return {
        verb: "top_up",
        productId,
        ownerId: readOwner(fields),
        number: code,
        amount: readMoney(fields, fields.get("amount") ?? ""),
        description: fields.get("description") ?? "",
      };
    case "void":
      return { verb: "void_sale", productId, number: code, description: fields.get("why") ?? "" };
    case "return": {
      const toStock = words[2] !== "end";
      const secretDigits = Number(fields.get("pins") ?? 0);
      return { verb: "return_card", productId, number: code, toStock, secretDigits, description: "" };
    }
    case "refund":
      return { verb: "refund_card", productId, number: code, isKept: words[2] === "keep", description: "" };
    case "undo_top_up": {
      const paymentId = Number(fields.get("payment"));
      return { verb: "undo_top_up", productId, number: code, paymentId, description: "" };
    }
    case "price": {
      const from = fields.get("from");
      const fromMs = from === undefined ? {} : { fromMs: readTime(from) };
      return { verb: "change_stock_terms", productId, price: { amount: readMoney(fields, code), ...fromMs } };
    }
    case "withdraw":
      return { verb: "change_stock_terms", productId, withdrawnFromMs: readTime(code) };
    case "renew":
      return { verb: "change_stock_terms", productId, renewsPin: true };
    case "reseller": {
      const [price, commission, quota] = ["price", "commission", "quota"].map((name) => fields.get(name));
      return {
        verb: "change_reseller_terms",
        productId,
        operatorId: Number(code),
        login: `seller ${code}`,
        ...(price === undefined ? {} : { price: price === "none" ? null : readMoney(fields, price) }),
        ...(commission === undefined ? {} : { commissionPpm: Number(commission) * 10_000 }),
        ...(quota === undefined ? {} : { quota: quota === "none" ? null : Number(quota) }),
      };
    }
    case "history": {
      const time = (name: string) => {
        const text = fields.get(name);
        return text === undefined ? {} : { [`${name}AtMs`]: readTime(text) };
      };
      const paid = fields.get("paid");
      return {
        verb: "state_history",
        productId,
        code,
        ...time("sold"),
        ...time("redeemed"),
        ...(fields.has("uses") ? { uses: Number(fields.get("uses")) } : {}),
        ...time("revoked"),
        ...(paid === undefined ? {} : { paid: readMoney(fields, paid) }),
      };
    }
    case "bind": {
      const slot = fields.get("slot");
      return {
        verb: "bind",
        productId,
        code,
        device: readDevice(words[2], fields, "machine"),
        register: fields.get("register") !== "no",
        ...(slot === undefined ? {} : { slot: Number(slot) }),
      };
    }
    case "unbind": {
      const [, , name] = words;
      return {
        verb: "unbind",
        productId,
        code,
        ...(name === undefined ? {} : { device: readDevice(name, fields, "machine") }),
      };
    }
    case "edition": {
      const content = { key: "files", files: 3, bytes: 1_000, sha256: "5e" };
      const kind = readKind(fields);
      return {
        verb: "add_edition",
        productId,
        ...(kind === undefined ? {} : { kind }),
        name: code,
        publishedAtMs: readTime(fields.get("published") ?? "00:00"),
        content,
      };
    }
    case "register": {
      const device = readDevice(words[1], fields, "system");
      return { verb: "register_device", customerId: productId, device, fingerprint: fields.get("print") ?? "" };
    }
    case "release":
    case "disable":
    case "enable": {
      const device = readDevice(words[1], fields, "system");
      return { verb: "change_device", customerId: productId, device, change: verb };
    }
    case "request": {
      const slot = fields.get("slot");
      return {
        verb: "request_delivery",
        productId,
        code,
        customerId: Number(fields.get("of") ?? 1),
        device: readDevice(words[2], fields, "system"),
        ...(slot === undefined ? {} : { slot: Number(slot) }),
      };
    }
    case "pack":
      return { verb: "make_packages", productId, editionId: Number(code) };
    case "offer": {
      const from = fields.get("from");
      const offered = {
        fromEditionId: from === undefined ? null : Number(from),
        fileName: "package.zip",
        bytes: 9,
        sha256: "53",
      };
      return { verb: "offer_package", productId, editionId: Number(code), offered };
    }
    case "fetch":
      return {
        verb: "request_edition",
        productId,
        code,
        customerId: Number(fields.get("of") ?? 1),
        device: readDevice(words[2], fields, "system"),
        slot: Number(fields.get("slot") ?? 0),
        editionId: Number(fields.get("edition")),
      };
    case "finish": {
      const expiresAtMs = readTime(fields.get("expires") ?? "23:59");
      const built = { fileName: "chart.zip", bytes: 1_000, sha1: "51", sha256: "52", expiresAtMs };
      return { verb: "finish_delivery", deliveryId: productId, code, built, mailTask: "mail_delivery" };
    }
    case "end":
      return { verb: "end_delivery", deliveryId: productId, code };
    case "token":
      return { verb: "create_token", operatorId: productId, login: code, lifetimeMs: Number(fields.get("lives")) };
  }
  throw new Error(`there is no verb ${verb}`);
}

/** A chosen code, or the pattern of the codes in `drawn=`. */
function readNewCode(fields: ReadonlyMap<string, string>) {
  return fields.get("as") ?? { randomDigits: 6 };
}

const orNull = (text: string) => (text === "none" ? null : text);

function readOwnTime(fields: ReadonlyMap<string, string>) {
  const time = (name: string) => {
    const text = fields.get(name);
    return text === undefined || text === "none" ? null : readTime(text);
  };
  return {
    ...(fields.has("starts") ? { startsAtMs: time("starts") } : {}),
    ...(fields.has("expires") ? { expiresAtMs: time("expires") } : {}),
  };
}

function readNotes(fields: ReadonlyMap<string, string>) {
  const [uses, reference, attention] = ["uses", "reference", "attention"].map((name) => fields.get(name));
  const metadata = [...fields]
    .filter(([name]) => name.startsWith("meta."))
    .map(([name, value]) => [name.slice(5), value]);
  return {
    ...(uses === undefined ? {} : { usesMax: uses === "none" ? null : Number(uses) }),
    ...(reference === undefined ? {} : { reference: orNull(reference) }),
    ...(attention === undefined ? {} : { attention: orNull(attention) }),
    ...(metadata.length > 0 ? { metadata: Object.fromEntries(metadata) } : {}),
    ...(fields.get("meta") === "none" ? { metadata: null } : {}),
  };
}

/** The terms of an entitlement that may differ from those of its product. */
function readOwnTerms(fields: ReadonlyMap<string, string>) {
  const { category, reference, attention, starts, uses, hold, meta } = Object.fromEntries(fields);
  return {
    ...(category === undefined ? {} : { category }),
    ...(reference === undefined ? {} : { reference }),
    ...(attention === undefined ? {} : { attention }),
    ...(starts === undefined ? {} : { startsAtMs: readTime(starts) }),
    ...(uses === undefined ? {} : { usesMax: Number(uses) }),
    ...(hold === undefined ? {} : { hold: Number(hold) }),
    ...(meta === undefined ? {} : { metadata: { table: meta } }),
  };
}

/** `adult:20:12.50,child`: keys, each with its capacity and its price, if there are. */
function readCategories(text: string): readonly CategoryTerms[] {
  if (text === "none") return [];
  return text.split(",").map((one) => {
    const [key = "", capacity = "", price = ""] = one.split(":");
    return {
      key,
      name: key,
      capacity: capacity === "" ? null : Number(capacity),
      price: price === "" ? null : readMoney(new Map(), price),
      colour: null,
    };
  });
}

function readKind(fields: ReadonlyMap<string, string>) {
  return fields.get("kind");
}

/** A device of the kind that is named, else of the usual one. */
function readDevice(
  name: string | undefined,
  fields: ReadonlyMap<string, string>,
  usual: "machine" | "system",
): DeviceName {
  const kind = fields.get("as") ?? usual;
  return kind === "machine" ? machineNamed(name ?? "") : systemNamed(name ?? "");
}

function readStockTerms(fields: ReadonlyMap<string, string>): StockTerms {
  return {
    ownerId: readOwner(fields),
    price: readMoney(fields, fields.get("price") ?? ""),
    taxPpm: Number(fields.get("tax") ?? 0) * 10_000,
    numberDigits: Number(fields.get("digits") ?? 4),
    secretDigits: Number(fields.get("pins") ?? 0),
    imageUrl: "",
  };
}

function readSold(code: string, fields: ReadonlyMap<string, string>): CommandOf<"sell">["what"] {
  if (code !== "") return { number: code };
  const quantity = Number(fields.get("quantity") ?? 1);
  const hold = fields.get("hold");
  return hold === undefined ? { quantity } : { hold: Number(hold), quantity };
}

function readOwner(fields: ReadonlyMap<string, string>): number | null {
  const owner = fields.get("owner");
  return owner === undefined ? null : Number(owner);
}

function readMoney(fields: ReadonlyMap<string, string>, text: string): Money {
  const money = parseMoney(text, fields.get("in") ?? "EUR");
  assert.ok(money !== undefined, `${text} is an amount`);
  return money;
}

function readTerms(fields: ReadonlyMap<string, string>): Partial<ProductTerms> {
  const terms: { -readonly [K in keyof ProductTerms]?: ProductTerms[K] } = {};
  const bound = (text: string) => (text === "none" ? null : readTime(text));
  for (const [name, value] of fields) {
    if (name === "name") terms.name = value;
    if (name === "description") terms.description = value;
    if (name === "starts") terms.startsAtMs = bound(value);
    if (name === "ends") terms.endsAtMs = bound(value);
    if (name === "capacity") terms.capacity = value === "none" ? null : Number(value);
    if (name === "categories") terms.categories = readCategories(value);
    if (name === "uses") terms.uses = { max: value === "unlimited" ? null : Number(value), per: "entitlement" };
    if (name === "reentry") terms.reentry = value === "yes" ? "after_exit" : "none";
    if (name === "zone") terms.timeZone = value;
    if (name === "attention") terms.attention = value === "none" ? null : value;
    if (name === "meta") terms.metadata = value === "none" ? null : { table: value };
    if (name === "keys") terms.accessKeys = value === "none" ? [] : value.split(",");
  }
  return terms;
}

function readPrincipal(text: string | undefined): Principal {
  const [kind, id] = (text ?? "").split(":");
  if (kind === "key") return gate(Number(id));
  if (kind === "reseller") return operatorPrincipal({ id: Number(id), login: `seller ${id}`, role: "reseller" });
  return kind === "operator" ? owner(Number(id)) : anybody;
}

function checkOutcome(outcome: Outcome, expected: string): void {
  const [first = "", ...facts] = expected.split(" ");
  assert.equal(outcome.ok ? "ok" : outcome.refusal, first, "outcome");
  if (outcome.ok) checkFacts(valueFacts(outcome.value), facts);
}

type Facts = Record<string, unknown>;

function checkFacts(found: Facts | undefined, expected: readonly string[]): void {
  for (const fact of expected) {
    const [name = "", value] = fact.split("=");
    if (fact === "missing") {
      assert.equal(found, undefined, fact);
      continue;
    }
    assert.ok(found !== undefined && name in found, `there is a fact ${name}`);
    assert.equal(`${name}=${found[name]}`, `${name}=${value}`);
  }
}

type OkValue = Extract<Outcome, { ok: true }>["value"];

function valueFacts(value: OkValue): Facts {
  if ("terms" in value) return { sold: value.terms.sold, quota: value.terms.quota ?? "none" };
  if ("deleted" in value) return { deleted: value.deleted };
  if ("accessKeys" in value) return productFacts(value.product, value.accessKeys);
  if ("made" in value) return { ...value };
  if ("token" in value)
    return { token: value.token, expires: value.expiresAtMs === null ? "never" : writeTime(value.expiresAtMs) };
  if ("hold" in value) {
    const { product, hold } = value;
    const codes = "codes" in value ? { codes: value.codes.join(",") || "none" } : {};
    return { ...productFacts(product, []), ...holdFacts(hold), ...codes };
  }
  if ("payment" in value) {
    return {
      ...productFacts(value.product, []),
      ...cardFacts(value.after.card),
      before: formatMoney(value.before.card.balance),
    };
  }
  if ("sale" in value) {
    const { sale, product, cards } = value;
    return {
      ...productFacts(product, []),
      ...entitlementFacts(cards[0]?.entitlement),
      sale: sale.id,
      orderReference: sale.reference ?? "none",
      sold: cards.map(({ entitlement }) => entitlement.code).join(","),
      pins: cards.map(({ card }) => card.pin).join(","),
      balances: cards.map(({ card }) => formatMoney(card.balance)).join(","),
    };
  }
  if ("bindings" in value) {
    const held = value.bindings.map(({ slot, device }) => `${slot}:${device.name}#${device.id}`);
    const changed = "changed" in value ? { changed: value.changed } : {};
    return { ...productFacts(value.product, []), bindings: held.join(",") || "none", ...changed };
  }
  if ("others" in value) {
    const codes = [value.entitlement, ...value.others].map((entitlement) => entitlement.code);
    return { ...productFacts(value.product, []), ...entitlementFacts(value.entitlement), codes: codes.join(",") };
  }
  if ("device" in value) return { ...deviceFacts(value.device), changed: value.changed };
  if ("deviceId" in value) return deliveryFacts(value);
  if ("delivery" in value) {
    const { product, edition, delivery } = value;
    return { ...productFacts(product, []), ...editionFacts(edition), ...deliveryFacts(delivery) };
  }
  if ("fromEditionId" in value) return packageFacts(value);
  if ("content" in value) return editionFacts(value);
  if ("request" in value) {
    const { edition, request } = value;
    return { ...editionFacts(edition), request: request.id, requested: writeTime(request.requestedAtMs) };
  }
  if ("edition" in value) return { ...productFacts(value.product, []), ...editionFacts(value.edition) };
  if ("product" in value && !("entitlement" in value)) return productFacts(value.product, []);
  if (!("entitlement" in value)) throw new Error("rule tables know nothing of how an organization is set up");
  return { ...productFacts(value.product, []), ...entitlementFacts(value.entitlement) };
}

function holdFacts(hold: Hold | undefined): Facts | undefined {
  if (hold === undefined) return undefined;
  const { id, category, quantity, reference, endsAtMs, endedAtMs, isConfirmed } = hold;
  return {
    hold: id,
    category: category ?? "none",
    quantity,
    reference,
    until: writeTime(endsAtMs),
    ended: orNone(endedAtMs),
    confirmed: isConfirmed,
  };
}

function editionFacts({ id, name, publishedAtMs, addedAtMs }: Edition): Facts {
  return { editionId: id, edition: name, published: writeTime(publishedAtMs), added: writeTime(addedAtMs) };
}

function packageFacts({ id, editionId, fromEditionId, readyAtMs }: Package): Facts {
  return { package: id, editionId, from: fromEditionId ?? "none", ready: writeTime(readyAtMs) };
}

function deviceFacts(device: Device | undefined): Facts | undefined {
  if (device === undefined) return undefined;
  return {
    device: device.id,
    deviceName: device.name,
    print: device.fingerprint ?? "none",
    registered: writeTime(device.registeredAtMs),
    disabled: orNone(device.disabledAtMs),
  };
}

function deliveryFacts({ id, deviceId, requestedAtMs, built, endedAtMs }: Delivery): Facts {
  return {
    delivery: id,
    device: deviceId,
    requested: writeTime(requestedAtMs),
    ready: orNone(built?.readyAtMs ?? null),
    until: orNone(built?.expiresAtMs ?? null),
    ended: orNone(endedAtMs),
  };
}

function productFacts(product: Product, keys: OpenableProduct["accessKeys"]): Facts {
  return {
    product: product.id,
    name: product.name,
    description: product.description,
    starts: orNone(product.startsAtMs),
    ends: orNone(product.endsAtMs),
    capacity: product.capacity ?? "none",
    slots: product.slots,
    inStock: product.inStock,
    issued: product.issued,
    everIssued: product.everIssued,
    created: writeTime(product.createdAtMs),
    retired: orNone(product.retiredAtMs),
    uses: product.uses.max ?? "unlimited",
    reentry: product.reentry,
    zone: product.timeZone,
    attention: product.attention ?? "none",
    meta: product.metadata?.table ?? "none",
    categories: product.categories
      .map(({ key, issued, capacity }) => `${key}:${issued}/${capacity ?? "any"}`)
      .join(","),
    keys: keys.join(",") || "none",
  };
}

function entitlementFacts(entitlement: Entitlement | undefined): Facts | undefined {
  if (entitlement === undefined) return undefined;
  const { redemption } = entitlement;
  return {
    id: entitlement.id,
    code: entitlement.code,
    issuedAt: writeTime(entitlement.issuedAtMs),
    customer: entitlement.customer?.id ?? "none",
    customerName: entitlement.customer?.name ?? "none",
    called: entitlement.customer?.displayName.replaceAll(" ", "_") ?? "none",
    owner: entitlement.customer?.ownerId ?? "none",
    stocked: entitlement.inStock,
    redeemed: orNone(redemption?.atMs ?? null),
    redeemedBy: redemption === null ? "none" : whoText(redemption),
    ip: redemption?.address ?? "none",
    revoked: orNone(entitlement.revokedAtMs),
    begins: orNone(entitlement.startsAtMs),
    spent: entitlement.usage?.spent ?? (redemption === null ? 0 : 1),
    inside: entitlement.usage?.inside ?? false,
    expires: orNone(entitlement.expiresAtMs),
    suspended: orNone(entitlement.suspendedAtMs),
    category: entitlement.category ?? "none",
    usesMax: entitlement.usesMax ?? "none",
    orderReference: entitlement.reference ?? "none",
    note: entitlement.attention ?? "none",
    meta:
      Object.entries(entitlement.metadata ?? {})
        .map((entry) => entry.join(":"))
        .join(",") || "none",
    heldBy: entitlement.hold?.id ?? "none",
  };
}

function cardFacts(card: Card | undefined): Facts | undefined {
  if (card === undefined) return undefined;
  const { pin, balance, batch } = card;
  return { pin, balance: formatMoney(balance), currency: balance.currency, batch };
}

function whoText({ accessKeyId, operatorId }: Omit<Redemption, "atMs">): string {
  if (accessKeyId !== null) return `key:${accessKeyId}`;
  return operatorId === null ? "anonymous" : `operator:${operatorId}`;
}

function logText(action: LogEntryDraft, nowMs: number): string {
  const { kind, productId, entitlementId, code, deviceId, occurredAtMs, refusal } = action;
  const number = entitlementId === null ? "" : `#${entitlementId}`;
  const what = code === null ? (productId === null ? [] : [`${productId}`]) : [`${code}${number}`];
  const subject = [...what, ...(deviceId === undefined ? [] : [`on ${deviceId}`])].join(" ");
  const time = occurredAtMs === nowMs ? "" : ` at ${writeTime(occurredAtMs)}`;
  return `${kind} ${subject}${time}${refusal === null ? "" : `: ${refusal}`}`.trimEnd();
}

const dayMs = Date.UTC(2026, 5, 1);

/** A time of the tables' one day. */
function readTime(text: string): number {
  const parts = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?$/.exec(text);
  assert.ok(parts !== null, `${text} is a time of day`);
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return dayMs + ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}

function writeTime(atMs: number): string {
  return new Date(atMs)
    .toISOString()
    .slice(11, 23)
    .replace(/\.000$/, "")
    .replace(/^(\d\d:\d\d):00$/, "$1");
}

function orNone(atMs: number | null): string {
  return atMs === null ? "none" : writeTime(atMs);
}

function jobText(job: JobDraft): string {
  return `${job.task} ${Object.values(job.subject).flat().join(",")}`;
}
