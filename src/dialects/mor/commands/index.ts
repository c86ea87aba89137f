import type { Command } from "commander";
import type { CommandSet, Tools } from "../../../cli/tools.ts";
import { defineCards } from "./card.ts";
import { addGroup, type GroupOptions } from "./group.ts";
import { defineGroupTerms } from "./group-terms.ts";
import { definePhonesAndGroups } from "./phones.ts";
import { defineResellers } from "./reseller.ts";
import { addStock, type StockOptions } from "./stock.ts";

export const commands: readonly CommandSet[] = [
  { after: "operator", define: defineGroupsAndStock },
  { after: "customer", define: definePhonesAndGroups },
];

/** Groups of cards, and the cards in them. */
function defineGroupsAndStock(program: Command, tools: Tools): void {
  const group = program.command("group").description("groups of cards that are sold from stock");
  defineGroupTerms(group, tools);
  group
    .command("add")
    .argument("<name>")
    .description("make a group; stock add fills it")
    .requiredOption("--price <amount>", "price of one, tax included")
    .option("--currency <code>", "currency of price and balance", "EUR")
    .option("--tax <percent>", "tax in the price, in percent of the price without it", "0")
    .option("--number-digits <digits>", "length of the numbers", "10")
    .option("--pin-digits <digits>", "length of the pins, 0 for none", "8")
    .option("--owner <login>", "the reseller whose group it is; without, it belongs to the house")
    .option("--id <number>", "the number that it had on another server; without, the next free one")
    .action((name: string, options: GroupOptions) => addGroup(tools, name, options));
  program
    .command("stock")
    .description("cards that are made before they are sold")
    .command("add")
    .description(
      "make cards with numbers of your choice, and random pins or those that they had; the same command again resumes",
    )
    .requiredOption("--group <number>", "the group")
    .requiredOption("--from <number>", "the first number")
    .option("--to <number>", "the last number")
    .option("--count <count>", "or how many")
    .requiredOption("--balance <amount>", "what is on a card, without tax")
    .option("--batch <name>", "a name for this delivery", "")
    .option("--pins-from-file <path>", "the pins that the cards had on another server, one on each line")
    .action((options: StockOptions) => addStock(tools, options));
  defineCards(
    program.command("card").description("cards that were sold: what was paid, and how it is paid back"),
    tools,
  );
  defineResellers(
    program
      .command("reseller")
      .description("resellers who sell cards of the house, at a price or commission of their own"),
    tools,
  );
}
