import type { Command } from "commander";
import { addCurrency, listCurrencies, setCurrency, setDefaultCurrency } from "./currency.ts";
import { type LogOptions, listLog } from "./log.ts";
import {
  addOrganization,
  changeOrganization,
  listOrganizations,
  type OrganizationChanges,
  showOrganization,
} from "./organization.ts";
import type { Tools } from "./tools.ts";

/** The part of the command line about organizations themselves: names, hosts, currencies and the log. */
export function defineOrganizationCommands(program: Command, tools: Tools): void {
  defineOrganization(program.command("organization").description("to whom everything belongs: names and hosts"), tools);
  defineCurrency(program.command("currency").description("the money in which cards are sold and paid"), tools);
  program
    .command("log")
    .description("what was done, and what was refused")
    .command("list")
    .description("list the newest lines of the log first; times are in UTC")
    .option("--refused", "only what was refused, such as scans of a used ticket")
    .option("--product <number>", `only what is about this ${productWords(tools)}`)
    .option("--count <number>", "how many lines", "100")
    .addHelpText("after", "\nExample:\n  counterfoil log list --refused --product 2")
    .action((options: LogOptions) => listLog(tools, options));
}

/** The words of the protocols for a product, as a list. */
function productWords({ dialects }: Tools): string {
  const words = dialects.flatMap(({ productKinds = [] }) => productKinds.map(({ called }) => called));
  return new Intl.ListFormat("en-GB", { type: "disjunction" }).format(words);
}

function defineOrganization(organization: Command, tools: Tools): void {
  organization
    .command("list")
    .description("list the organizations, and the hosts that lead to each")
    .action(() => listOrganizations(tools));
  organization
    .command("show")
    .description("show an organization: its name, hosts, currencies and operators")
    .action(() => showOrganization(tools));
  organization
    .command("add")
    .argument("<name>", "how buyers know it: mails are signed with it")
    .description("make a further organization, with an owner whose password is drawn and shown once")
    .option("--host <host...>", "hosts whose requests are for it")
    .addHelpText("after", "\nExample:\n  counterfoil organization add 'Second Stage' --host tickets.example.com")
    .action((name: string, options: { host?: string[] }) => addOrganization(tools, name, options));
  organization
    .command("change")
    .description("change an organization; running servers follow within seconds")
    .option("--name <name>", "how buyers know it: mails are signed with it")
    .option("--add-host <host...>", "hosts whose requests are for it from now on")
    .option("--remove-host <host...>", "hosts whose requests are for it no more")
    .addHelpText("after", "\nExample:\n  counterfoil organization change --name 'Harbour Hall'")
    .action((options: OrganizationChanges) => changeOrganization(tools, options));
}

function defineCurrency(currency: Command, tools: Tools): void {
  const rate = ["--rate <rate>", "how many of it make one of the default currency, like 1.08"] as const;
  currency
    .command("list")
    .description("list the currencies of the organization and their rates")
    .action(() => listCurrencies(tools));
  currency
    .command("add")
    .argument("<code>", "three letters, like USD")
    .description("give the organization a currency, so that cards can be sold and paid in it")
    .requiredOption(...rate)
    .addHelpText("after", "\nExample:\n  counterfoil currency add USD --rate 1.08")
    .action((code: string, options: { rate: string }) => addCurrency(tools, code, options));
  currency
    .command("set")
    .argument("<code>", "three letters, like USD")
    .description("change the rate of a currency, for what is paid from now on")
    .requiredOption(...rate)
    .addHelpText("after", "\nExample:\n  counterfoil currency set USD --rate 1.1")
    .action((code: string, options: { rate: string }) => setCurrency(tools, code, options));
  currency
    .command("default")
    .argument("<code>", "three letters, like USD")
    .description("make a currency of the organization the default, in which the rates of all others are told")
    .addHelpText("after", "\nExample:\n  counterfoil currency default USD")
    .action((code: string) => setDefaultCurrency(tools, code));
}
