import type { Command } from "commander";
import { isCurrency, parseMoney } from "../core/money.ts";
import { readMoment } from "./moment.ts";
import { readWhole } from "./read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** The options of `counterfoil history state`. */
interface HistoryOptions {
  readonly sold?: string;
  readonly paid?: string;
  readonly redeemed?: string;
  readonly uses?: string;
  readonly revoked?: string;
}

/** The part of the command line about what happened before this server. */
export function defineHistoryCommands(program: Command, tools: Tools): void {
  program
    .command("history")
    .description("what happened to codes on another server, before they came to this one")
    .command("state")
    .argument("<code>", "the code, as it is kept here")
    .description("say that a code was sold, used or ended before; times are in UTC")
    .option("--sold <time>", "when it was sold from stock, like 2025-04-01 or 2025-04-01T19:02:30")
    .option("--paid <amount>", "what was paid then, with tax; without, no payment is recorded")
    .option("--redeemed <time>", "when it was used")
    .option("--uses <count>", "how many of its uses were spent until then, where it has several", "1")
    .option("--revoked <time>", "when it was ended for good")
    .addHelpText(
      "after",
      "\nExample:\n  counterfoil history state 6000000001 --sold 2025-04-01 --redeemed 2025-04-03T19:02",
    )
    .action((code: string, options: HistoryOptions) => stateHistory(tools, code, options));
}

/** `counterfoil history state CODE` */
function stateHistory(tools: Tools, code: string, options: HistoryOptions): Promise<void> {
  const { sold, paid, redeemed, revoked } = options;
  const uses = readWhole("--uses", options.uses ?? "1");
  const times = {
    ...(sold === undefined ? {} : { soldAtMs: readMoment("--sold", sold, "UTC") }),
    ...(redeemed === undefined ? {} : { redeemedAtMs: readMoment("--redeemed", redeemed, "UTC") }),
    ...(revoked === undefined ? {} : { revokedAtMs: readMoment("--revoked", revoked, "UTC") }),
  };
  if (Object.keys(times).length === 0) {
    throw new CommandError("Nothing happened to it: give --sold, --redeemed or --revoked.");
  }
  if (paid !== undefined && sold === undefined) throw new CommandError("--paid is what --sold brought: give both.");
  return withServices(tools, async (services) => {
    const { queries, organizationId, execute } = services;
    const held = await queries.entitlements.heldByCode(organizationId, code);
    if (held === undefined) throw new CommandError(`There is no ${code}.`);
    const { id: productId } = held.product;
    const amount = paid === undefined ? {} : { paid: await readPaid(services, productId, paid) };
    accepted(await execute({ verb: "state_history", productId, code, uses, ...times, ...amount }), {
      quantity_invalid: `${code} does not have ${uses} uses.`,
      occurred_at_impossible: "These times lie ahead, or not in the order of a sale, a use and an end.",
      entitlement_revoked: `${code} was ended already.`,
      already_redeemed: `${code} was used already.`,
      already_sold: `${code} is not in stock.`,
      not_sold: `${code} is in stock. Say with --sold when it was sold before it was used.`,
    });
    tools.print(`${code}  ${held.product.name}  ${wordsOf(options)}`);
  });
}

/** The amount in the currency of the product. */
async function readPaid({ queries, organizationId }: CommandServices, productId: number, text: string) {
  const found = await queries.products.byId(organizationId, productId);
  const { currency = "" } = found?.product.stock?.price ?? {};
  const paid = isCurrency(currency) ? parseMoney(text, currency) : undefined;
  if (paid !== undefined && paid.minor >= 0n) return paid;
  throw new CommandError(
    currency === ""
      ? "It is not sold from stock, so nothing was paid."
      : `--paid "${text}" is no amount in ${currency}.`,
  );
}

function wordsOf({ sold, paid, redeemed, revoked }: HistoryOptions): string {
  const words = [
    sold === undefined ? undefined : `sold ${sold}${paid === undefined ? "" : ` for ${paid}`}`,
    redeemed === undefined ? undefined : `used ${redeemed}`,
    revoked === undefined ? undefined : `ended ${revoked}`,
  ];
  return words.filter((word) => word !== undefined).join(", ");
}
