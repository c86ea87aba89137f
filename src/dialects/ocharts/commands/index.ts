import type { Command } from "commander";
import { yesOption } from "../../../cli/confirm.ts";
import type { CommandSet, Tools } from "../../../cli/tools.ts";
import { addChart, type ChartOptions, listCharts } from "./chart.ts";
import { closeChart, reopenChart, restoreChart, retireChart } from "./chart-life.ts";
import { addEdition, type EditionOptions, listEditions } from "./edition.ts";
import { changeEdition } from "./edition-life.ts";
import { type FingerprintOptions, fingerprintExample, operatingSystems, printFingerprint } from "./fingerprint.ts";
import { addOrder, listOrders, type OrderOptions, revokeUnit, type UnitOptions, unassignUnit } from "./order.ts";
import { moveUnit, renewUnit, setUnitSlots } from "./order-life.ts";
import { changeSystem, listSystems, type SystemOptions } from "./system.ts";

/** For a person who sells charts: editions, charts, orders and systems; and a fingerprint to try the server with. */
export const commands: readonly CommandSet[] = [
  { after: "operator", define: defineEdition },
  { after: "customer", define: defineChart },
  { after: "customer", define: defineOrder },
  { after: "customer", define: defineSystem },
  { after: "log", define: defineFingerprint },
];

function defineEdition(program: Command, tools: Tools): void {
  const edition = program.command("edition").description("versions of a chart's content");
  edition
    .command("add")
    .argument("<path>", "a folder or a zip with the files")
    .description(
      "take in all files of an edition, an update's too; the one that was published last is delivered from then on",
    )
    .requiredOption("--product <number>", "the chart")
    .requiredOption(
      "--edition <name>",
      "its name: 2026/1-29 is update 29 of edition 1 of 2026; no other edition of the chart has it",
    )
    .option("--published <day>", "when it was published, in UTC (default: today)")
    .option("--scheduled", "nobody gets it before that day begins in the time zone of the chart")
    .addHelpText("after", example("edition add --product 15 --edition 2017-2 --published 2017-04-01 british-isles.zip"))
    .action((path: string, options: EditionOptions) => addEdition(tools, path, options));
  edition
    .command("list")
    .description("list the editions of a chart with their sizes and sums; times are in UTC")
    .requiredOption("--product <number>", "the chart")
    .addHelpText("after", example("edition list --product 15"))
    .action(({ product }: { product: string }) => listEditions(tools, product));
  const changes = [
    ["withdraw", "give an edition to nobody any more; those who have it keep it"],
    ["restore", "take back that an edition was withdrawn"],
  ] as const;
  for (const [change, description] of changes) {
    edition
      .command(change)
      .argument("<name>")
      .description(description)
      .requiredOption("--product <number>", "the chart")
      .addHelpText("after", example(`edition ${change} 2017-2 --product 15`))
      .action((name: string, options: { product: string }) => changeEdition(tools, name, change, options));
  }
  edition
    .command("schedule")
    .argument("<name>")
    .argument("<day>", "the day on which it is published, in the time zone of the chart")
    .description("give an edition to nobody before a day")
    .requiredOption("--product <number>", "the chart")
    .addHelpText("after", example("edition schedule 2017-2 2017-04-01 --product 15"))
    .action((name: string, day: string, options: { product: string }) => changeEdition(tools, name, { day }, options));
}

function defineChart(program: Command, tools: Tools): void {
  const chart = program.command("chart").description("charts that are sold, each with its editions");
  chart
    .command("add")
    .argument("<name>")
    .description("make a chart to be sold")
    .option("--id <number>", "a number of your choice; without, the next free one")
    .option("--slots <number>", "systems that can hold one that was bought; o-charts clients know of two", "2")
    .option("--description <text>", "a note", "")
    .addHelpText("after", example("chart add 'British Isles 2017' --id 15 --slots 2"))
    .action((name: string, options: ChartOptions) => addChart(tools, name, options));
  chart
    .command("list")
    .description("list the charts: number, name, slots, current edition and how many are sold")
    .addHelpText("after", example("chart list"))
    .action(() => listCharts(tools));
  chart
    .command("retire")
    .argument("<number>")
    .description("sell and deliver a chart no more, after a question; one that was never sold is removed")
    .option(...yesOption)
    .addHelpText("after", example("chart retire 15"))
    .action((number: string, options: { yes?: boolean }) => retireChart(tools, number, options));
  chart
    .command("restore")
    .argument("<number>")
    .description("take back that a chart was retired")
    .addHelpText("after", example("chart restore 15"))
    .action((number: string) => restoreChart(tools, number));
  chart
    .command("close")
    .argument("<number>")
    .description("sell a chart no more, and deliver it on")
    .option("--no-renewal", "what is sold cannot be renewed either")
    .addHelpText("after", example("chart close 15"))
    .action((number: string, options: { renewal: boolean }) => closeChart(tools, number, options));
  chart
    .command("reopen")
    .argument("<number>")
    .description("sell a chart again that was closed")
    .addHelpText("after", example("chart reopen 15"))
    .action((number: string) => reopenChart(tools, number));
}

function defineOrder(program: Command, tools: Tools): void {
  const order = program.command("order").description("what customers have bought");
  order
    .command("add")
    .argument("<order>", "its reference: letters and digits")
    .description("give a customer what was bought, all of it or nothing; days are in UTC")
    .requiredOption("--customer <name>", "who bought it")
    .requiredOption("--product <number>", "the chart")
    .option("--quantity <number>", "how many of it", "1")
    .option("--bought <day>", "when; without, now")
    .option("--expires <day>", "its last day; without, a year after it was bought")
    .addHelpText(
      "after",
      example("order add GBLAQPDMG --customer skipper@example.com --product 15 --bought 2017-05-18"),
    )
    .action((reference: string, options: OrderOptions) => addOrder(tools, reference, options));
  order
    .command("list")
    .description("list what a customer has bought, with its slots, systems and state, oldest first")
    .requiredOption("--customer <name>", "who bought it")
    .addHelpText("after", example("order list --customer skipper@example.com"))
    .action((options: { customer: string }) => listOrders(tools, options));
  order
    .command("revoke")
    .argument("<order>")
    .description("end one unit of an order for good; its systems get no more of it")
    .requiredOption("--product <number>", "the chart")
    .requiredOption("--quantity-id <number>", "which of several of it, counted from 1")
    .addHelpText("after", example("order revoke GBLAQPDMG --product 15 --quantity-id 1"))
    .action((reference: string, options: UnitOptions) => revokeUnit(tools, reference, options));
  const ofUnit = (command: Command) =>
    command
      .argument("<order>")
      .requiredOption("--product <number>", "the chart")
      .requiredOption("--quantity-id <number>", "which of several of it, counted from 1");
  const unit = "GBLAQPDMG --product 15 --quantity-id 1";
  ofUnit(order.command("renew"))
    .description("give one unit of an order more time: from its end on, or from today on when that is over")
    .option("--for <time>", "1y, 6m, 30d or 1y6m")
    .option("--until <day>", "its last day instead, in UTC")
    .addHelpText("after", example(`order renew ${unit} --for 1y`))
    .action((reference: string, options: UnitOptions & { for?: string; until?: string }) => {
      const { for: period, ...others } = options;
      return renewUnit(tools, reference, { ...others, ...(period === undefined ? {} : { period }) });
    });
  ofUnit(order.command("slots"))
    .description("change how many systems can hold one unit of an order")
    .requiredOption("--slots <number>", "how many; chart for as many as the chart has")
    .addHelpText("after", example(`order slots ${unit} --slots 3`))
    .action((reference: string, options: UnitOptions & { slots: string }) => setUnitSlots(tools, reference, options));
  ofUnit(order.command("move"))
    .description("give the slot of a system to another system of the same customer")
    .requiredOption("--from <name>", "the system that has it")
    .requiredOption("--to <name>", "the system that gets it")
    .addHelpText("after", example(`order move ${unit} --from mylaptop --to newlaptop`))
    .action((reference: string, options: UnitOptions & { from: string; to: string }) =>
      moveUnit(tools, reference, options),
    );
  order
    .command("unassign")
    .argument("<order>")
    .description("take one unit of an order from a system, so that another one can have its slot")
    .requiredOption("--product <number>", "the chart")
    .requiredOption("--quantity-id <number>", "which of several of it, counted from 1")
    .option("--system <name>", "the system; without, all that hold it")
    .addHelpText("after", example("order unassign GBLAQPDMG --product 15 --quantity-id 1 --system mylaptop"))
    .action((reference: string, options: UnitOptions & { system?: string }) => unassignUnit(tools, reference, options));
}

function defineSystem(program: Command, tools: Tools): void {
  const system = program.command("system").description("the machines on which customers install charts");
  system
    .command("list")
    .description("list the systems of a customer by name")
    .requiredOption("--customer <name>", "whose")
    .addHelpText("after", example("system list --customer skipper@example.com"))
    .action((options: SystemOptions) => listSystems(tools, options));
  const changes = [
    ["release", "free a system whose machine changed: the next one that registers under its name takes it over"],
    ["disable", "let a system take no more charts"],
    ["enable", "let a system take charts again"],
  ] as const;
  for (const [change, description] of changes) {
    system
      .command(change)
      .argument("<name>")
      .description(description)
      .requiredOption("--customer <name>", "whose")
      .addHelpText("after", example(`system ${change} mylaptop --customer skipper@example.com`))
      .action((name: string, options: SystemOptions) => changeSystem(tools, name, change, options));
  }
}

function defineFingerprint(program: Command, tools: Tools): void {
  program
    .command("fingerprint")
    .description("make a fingerprint of a machine, as a chart client uploads it; prints its name, then its content")
    .option("--uuid <uuid>", "the UUID of the machine")
    .option("--mac <address>", "its MAC address")
    .option("--serial <serial>", "its serial number")
    .option("--dongle <serial>", "the serial of a dongle: eight hexadecimal digits")
    .addOption(program.createOption("--os <system>", "its operating system").choices(operatingSystems).default("linux"))
    .option("--time <seconds>", "when it is made, in Unix time (default: now)")
    .addHelpText("after", fingerprintExample)
    .action((options: FingerprintOptions) => printFingerprint(tools, options));
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}
