import { setImmediate as turn } from "node:timers/promises";
import { openProgress } from "../../../cli/progress.ts";
import { readWhole } from "../../../cli/read-option.ts";
import { readValue } from "../../../cli/secret-input.ts";
import { CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { readConfig } from "../../../config.ts";
import type { CommandOf } from "../../../core/command.ts";
import { formatMoney, isCurrency, parseMoney } from "../../../core/money.ts";
import { stockNumbersMax } from "../../../core/verbs/add-stock.ts";

/** The options of `counterfoil stock add`. */
export interface StockOptions {
  readonly group: string;
  readonly from: string;
  readonly count?: string;
  readonly to?: string;
  readonly balance: string;
  readonly batch: string;
  readonly pinsFromFile?: string;
}

/**
 * Commands under way at once: while one is written, the pins of the next one are generated and sealed. Measured: more
 * of them are no faster, even if they lock the product as late as possible, since parallel inserts wait for each
 * other's pages.
 */
const commandsAtOnceMax = 2;

/**
 * `counterfoil stock add`: makes cards of a group, with the numbers from `from` on, random pins or those of a file, and a balance. Numbers
 * that exist are skipped and counted. So the same command resumes after an interruption, which leaves whole batches
 * only.
 */
export async function addStock(tools: Tools, options: StockOptions): Promise<void> {
  readConfig(tools.environment);
  const productId = readWhole("--group", options.group);
  await withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const found = await queries.products.byId(organizationId, productId);
    const stock = found?.product.stock;
    if (found === undefined || stock == null) throw new CommandError(`There is no card group ${productId}.`);
    const { first, count } = readInterval(options, stock.numberDigits);
    const { currency } = stock.price;
    const balance = isCurrency(currency) ? parseMoney(options.balance, currency) : undefined;
    if (balance === undefined || balance.minor < 0n) {
      throw new CommandError(`--balance "${options.balance}" is no amount in ${currency}, like 10.00.`);
    }
    const pins = options.pinsFromFile === undefined ? undefined : await readPins(tools, options.pinsFromFile);
    if (pins !== undefined && pins.length !== count) {
      throw new CommandError(`The file has ${pins.length} pins, and there are ${count} cards. Each card has a line.`);
    }
    const progress = openProgress(
      tools,
      `cards of ${formatMoney(balance)} ${currency} in ${found.product.name}`,
      count,
    );
    const make = (numbers: readonly string[], done: number) =>
      makeCards(services, {
        verb: "add_stock",
        productId,
        numbers,
        secretDigits: stock.secretDigits,
        ...(pins === undefined ? {} : { pins: pins.slice(done, done + numbers.length) }),
        balance,
        batch: options.batch,
        details: {},
      });
    let [asked, made, skipped] = [0, 0, 0];
    const underWay: { readonly size: number; readonly result: ReturnType<typeof make> }[] = [];
    const finishOne = async () => {
      const one = underWay.shift();
      if (one === undefined) return;
      const result = await one.result;
      made += result.made;
      skipped += result.skipped;
      progress.advance(one.size);
    };
    try {
      for (const numbers of chunks(first, count, stock.numberDigits)) {
        const result = make(numbers, asked);
        asked += numbers.length;
        // `finishOne` awaits it later. Without a handler a failure until then would end the process.
        result.catch(() => {});
        underWay.push({ size: numbers.length, result });
        if (underWay.length >= commandsAtOnceMax) await finishOne();
        // Lets the command start, so that the next one is not decided in the same batch.
        else await turn();
      }
      while (underWay.length > 0) await finishOne();
    } finally {
      progress.close();
    }
    tools.print(`made ${made}, passed over ${skipped} that existed`);
  });
}

async function makeCards(
  services: CommandServices,
  command: CommandOf<"add_stock">,
): Promise<{ made: number; skipped: number }> {
  const outcome = await services.execute(command);
  if (outcome.ok) return outcome.value;
  if (outcome.refusal === "secret_space_short") {
    throw new CommandError(
      `More than a fifth of all pins of ${command.secretDigits} digits would be in use, so that they could be guessed. Use a group with longer pins.`,
    );
  }
  if (outcome.refusal === "secret_taken") {
    throw new CommandError(
      "A pin of these cards is another card's, or stands twice in the file. Each card has its own.",
    );
  }
  if (outcome.refusal === "code_invalid" && command.pins !== undefined) {
    throw new CommandError(`A pin in the file does not have the ${command.secretDigits} digits of the group.`);
  }
  throw new CommandError(`The cards cannot be made: ${outcome.refusal.replaceAll("_", " ")}.`);
}

/** The pins of a file, which has one on each line. */
async function readPins(tools: Tools, path: string): Promise<readonly string[]> {
  const text = await readValue(tools, { given: undefined, fromFile: path, question: "pins" });
  return text.split(/\r?\n/);
}

function readInterval({ from, count, to }: StockOptions, digits: number): { first: bigint; count: number } {
  const isNumber = (text: string) => text.length === digits && /^\d+$/.test(text);
  if (!isNumber(from))
    throw new CommandError(`--from "${from}" is no number of ${digits} digits, as the group has them.`);
  if ((count === undefined) === (to === undefined)) throw new CommandError("Give either --count or --to.");
  const first = BigInt(from);
  if (to !== undefined && !isNumber(to)) throw new CommandError(`--to "${to}" is no number of ${digits} digits.`);
  const many = to === undefined ? readWhole("--count", count ?? "") : Number(BigInt(to) - first + 1n);
  if (many < 1) throw new CommandError("The interval is empty: the last number lies before the first.");
  if (String(first + BigInt(many) - 1n).length > digits) {
    throw new CommandError(`The last number would have more than ${digits} digits.`);
  }
  return { first, count: many };
}

function* chunks(first: bigint, count: number, digits: number): Generator<readonly string[]> {
  for (let done = 0; done < count; done += stockNumbersMax) {
    const size = Math.min(stockNumbersMax, count - done);
    yield Array.from({ length: size }, (_, index) => String(first + BigInt(done + index)).padStart(digits, "0"));
  }
}
