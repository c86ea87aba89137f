import type { Command } from "commander";
import { jsonOption, type ListingOptions, printList } from "../../../cli/listing.ts";
import { findReseller } from "../../../cli/operator.ts";
import { readWhole } from "../../../cli/read-option.ts";
import { accepted, CommandError, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { formatMoney } from "../../../core/money.ts";
import { partUnit } from "../../../core/reseller-terms.ts";
import { findGroup, readPrice } from "./group-terms.ts";

/** The terms on which resellers sell cards of the house. */
export function defineResellers(reseller: Command, tools: Tools): void {
  reseller
    .command("list")
    .description("list which reseller sells which group of the house, and how many it has sold")
    .option("--reseller <login>", "only this reseller")
    .option(...jsonOption)
    .action((options: ListingOptions & { reseller?: string }) => listTerms(tools, options));
  reseller
    .command("set")
    .argument("<login>", "the reseller")
    .argument("<group>", "the number of a group of the house")
    .description("let a reseller sell cards of a group, or change its terms; what is not named stays as it is")
    .option("--price <amount>", "its own price of one, tax included, or none for the group's")
    .option("--commission <percent>", "the part of the price that it keeps, like 12.5")
    .option("--quota <count>", "how many cards it may sell in all, or none for no bound; 0 takes the group from it")
    .addHelpText("after", "\nExample:\n  counterfoil reseller set alpha 6 --commission 12.5 --quota 500")
    .action((login: string, group: string, options: TermsOptions) => setTerms(tools, login, group, options));
}

interface TermsOptions {
  readonly price?: string;
  readonly commission?: string;
  readonly quota?: string;
}

function listTerms(tools: Tools, options: ListingOptions & { readonly reseller?: string }): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const operatorId = options.reseller === undefined ? undefined : (await findReseller(services, options.reseller)).id;
    const found = await queries.resellerTerms.list(organizationId, operatorId);
    const rows = found.map(({ login, productName, terms: { productId, price, commissionPpm, quota, sold } }) => ({
      reseller: login,
      group: productId,
      name: productName,
      price: price === null ? "the group's" : formatMoney(price),
      commission: percentOf(commissionPpm),
      quota: quota ?? "none",
      sold,
    }));
    await printList(
      tools,
      options,
      [rows],
      'No reseller sells cards of the house. "counterfoil reseller set" lets one.',
    );
  });
}

function setTerms(tools: Tools, login: string, text: string, options: TermsOptions): Promise<void> {
  const productId = readWhole("The group", text);
  const commission = options.commission === undefined ? {} : { commissionPpm: readPercent(options.commission) };
  const quota = options.quota === undefined ? {} : { quota: orNone(options.quota, (one) => readWhole("--quota", one)) };
  return withServices(tools, async (services) => {
    const reseller = await findReseller(services, login);
    const group = await findGroup(services, productId);
    const { price: priceText } = options;
    const price =
      priceText === undefined ? {} : { price: orNone(priceText, (one) => readPrice("--price", one, group)) };
    const named = { operatorId: reseller.id, login: reseller.login, productId };
    const command = { verb: "change_reseller_terms", ...named, ...price, ...commission, ...quota } as const;
    const { terms } = accepted(await services.execute(command), {
      product_not_found: `The group ${productId} belongs to a reseller, who alone sells it.`,
      product_retired: `The group ${productId} is retired.`,
    });
    const at = terms.price === null ? "the group's price" : `${formatMoney(terms.price)} ${terms.price.currency}`;
    const bound = terms.quota === null ? "" : `, ${terms.quota} at most`;
    tools.print(
      `${reseller.login} sells group ${productId} at ${at} and keeps ${percentOf(terms.commissionPpm)}${bound}; sold: ${terms.sold}`,
    );
  });
}

function orNone<T>(text: string, read: (text: string) => T): T | null {
  return text === "none" ? null : read(text);
}

function readPercent(text: string): number {
  const ppm = /^\d{1,3}(?:\.\d{1,4})?$/.test(text) ? Math.round(Number(text) * 10_000) : Number.NaN;
  if (ppm <= Number(partUnit)) return ppm;
  throw new CommandError(`--commission "${text}" is no percentage from 0 to 100, like 12.5.`);
}

function percentOf(ppm: number): string {
  return `${ppm / 10_000} %`;
}
