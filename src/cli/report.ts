import type { Command } from "commander";
import { parseDay } from "../core/day.ts";
import { formatMoney } from "../core/money.ts";
import { dayIn, isTimeZone } from "../core/time-zone.ts";
import { type PaymentSums, type ReportPart, reportParts } from "../queries/reports.ts";
import { jsonOption, type Listed, type ListingOptions, printList } from "./listing.ts";
import { findReseller } from "./operator.ts";
import { readWhole } from "./read-option.ts";
import { CommandError, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** The part of the command line about money. */
export function defineReportCommands(program: Command, tools: Tools): void {
  program
    .command("report")
    .description("sums of what was paid and paid back")
    .command("payments")
    .description("the payments of some days, by day, reseller, product and channel; amounts include the tax")
    .requiredOption("--from <day>", "the first day, like 2026-12-01")
    .option("--to <day>", "the last day; without, today")
    .option("--zone <zone>", "the time zone of the days, like Europe/Helsinki", "UTC")
    .option("--by <parts>", "what it is divided by, with commas, or nothing", reportParts.join(","))
    .option("--reseller <login>", "what this reseller may see: its own")
    .option("--product <number>", "only this product")
    .option(...jsonOption)
    .addHelpText(
      "after",
      "\nExample:\n  counterfoil report payments --from 2026-12-01 --zone Europe/Helsinki --by reseller",
    )
    .action((options: ReportOptions) => reportPayments(tools, options));
}

interface ReportOptions extends ListingOptions {
  readonly from: string;
  readonly to?: string;
  readonly zone: string;
  readonly by: string;
  readonly reseller?: string;
  readonly product?: string;
}

/** `counterfoil report payments`: sums of payments, as a table or for programs. */
function reportPayments(tools: Tools, options: ReportOptions): Promise<void> {
  const { zone: timeZone } = options;
  if (!isTimeZone(timeZone)) throw new CommandError(`--zone "${timeZone}" is no time zone, like Europe/Helsinki.`);
  const firstDay = readDayName("--from", options.from);
  const lastDay = options.to === undefined ? dayIn(timeZone, Date.now()) : readDayName("--to", options.to);
  if (lastDay < firstDay) throw new CommandError(`The last day, ${lastDay}, lies before the first, ${firstDay}.`);
  const by = readParts(options.by);
  const ofProduct = options.product === undefined ? {} : { productId: readWhole("--product", options.product) };
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const scope = options.reseller === undefined ? null : (await findReseller(services, options.reseller)).id;
    const filter = { firstDay, lastDay, timeZone, by, scope, ...ofProduct };
    const sums = await queries.reports.payments(organizationId, filter);
    const rows = sums.map((one) => rowOf(one, by));
    await printList(tools, options, [rows], `Nothing was paid from ${firstDay} to ${lastDay}.`);
  });
}

function readDayName(option: string, text: string): string {
  if (parseDay(text) === undefined) throw new CommandError(`${option} "${text}" is no day, like 2026-12-01.`);
  return text;
}

function readParts(text: string): ReadonlySet<ReportPart> {
  const words = text === "nothing" ? [] : text.split(",").map((word) => word.trim());
  const parts = words.map((word) => {
    const part = reportParts.find((one) => one === word);
    if (part !== undefined) return part;
    throw new CommandError(`--by "${word}" is none of ${reportParts.join(", ")}, nor nothing.`);
  });
  return new Set(parts);
}

function rowOf(sums: PaymentSums, by: ReadonlySet<ReportPart>): Listed {
  const { day, resellerId, reseller, productId, product, channel, currency, sold, unsold } = sums;
  const amount = (minor: bigint) => formatMoney({ minor, currency });
  return {
    ...(by.has("day") ? { day } : {}),
    // An operator who was removed keeps its number.
    ...(by.has("reseller")
      ? { reseller: resellerId === null ? "the house" : (reseller ?? `number ${resellerId}`) }
      : {}),
    ...(by.has("product") ? { product: productId, name: product } : {}),
    ...(by.has("channel") ? { channel } : {}),
    currency,
    sold,
    reversed: unsold,
    sales: amount(sums.soldMinor),
    paidBack: amount(sums.unsoldMinor),
    topUps: amount(sums.toppedUpMinor),
    total: amount(sums.totalMinor),
    tax: amount(sums.taxMinor),
    commission: amount(sums.commissionMinor),
    due: amount(sums.totalMinor - sums.commissionMinor),
  };
}
