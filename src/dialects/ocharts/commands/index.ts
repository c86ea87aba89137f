import type { Command } from "commander";
import { type DeviceListOptions, listDevices } from "../../../cli/device.ts";
import { jsonOption, type ListingOptions } from "../../../cli/listing.ts";
import { defineProductLife } from "../../../cli/product-life.ts";
import type { CommandSet, Tools } from "../../../cli/tools.ts";
import { addChart, type ChartChanges, type ChartOptions, changeChart, listCharts, showChart } from "./chart.ts";
import { addEdition, type EditionOptions } from "./edition.ts";
import { changeEdition } from "./edition-life.ts";
import { listEditions, showEdition } from "./edition-list.ts";
import { type FingerprintOptions, fingerprintExample, operatingSystems, printFingerprint } from "./fingerprint.ts";
import { addOrder, type OrderOptions, revokeUnit, type UnitOptions, unassignUnit } from "./order.ts";
import { moveUnit, renewUnit, setUnitSlots } from "./order-life.ts";
import { listOrders, showOrder } from "./order-list.ts";
import { changeSystem, type SystemOptions, showSystem, systems } from "./system.ts";

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
    .description("list the editions of a chart: which is current, scheduled or withdrawn, and what is packed of each")
    .requiredOption("--product <number>", "the chart")
    .option(...jsonOption)
    .addHelpText("after", example("edition list --product 15"))
    .action((options: ListingOptions & { product: string }) => listEditions(tools, options));
  edition
    .command("show")
    .argument("<name>")
    .description("show an edition")
    .requiredOption("--product <number>", "the chart")
    .option(...jsonOption)
    .addHelpText("after", example("edition show 2017-2 --product 15"))
    .action((name: string, options: ListingOptions & { product: string }) => showEdition(tools, name, options));
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
    .option("--time-zone <zone>", "in which its days are meant, like Europe/Helsinki", "UTC")
    .addHelpText("after", example("chart add 'British Isles 2017' --id 15 --slots 2"))
    .action((name: string, options: ChartOptions) => addChart(tools, name, options));
  chart
    .command("change")
    .argument("<number>")
    .description("change a chart; what no option names stays. The slots of one that was sold: order slots")
    .option("--name <name>", "its name from now on")
    .option("--description <text>", "a note")
    .option("--time-zone <zone>", "in which its days are meant from now on, like Europe/Helsinki")
    .option(...jsonOption)
    .addHelpText("after", example("chart change 15 --time-zone Europe/London"))
    .action((number: string, options: ChartChanges & ListingOptions) => changeChart(tools, number, options));
  chart
    .command("list")
    .description("list the charts that are not retired: slots, current edition, how many are sold")
    .option(...jsonOption)
    .addHelpText("after", example("chart list"))
    .action((options: ListingOptions) => listCharts(tools, "", options));
  chart
    .command("find")
    .argument("<text>", "a part of the name")
    .description("find charts that are not retired, whatever the case of letters")
    .option(...jsonOption)
    .addHelpText("after", example("chart find isles"))
    .action((text: string, options: ListingOptions) => listCharts(tools, text, options));
  chart
    .command("show")
    .argument("<number>")
    .description("show a chart, and how many units and deliveries of it are in force")
    .option(...jsonOption)
    .addHelpText("after", example("chart show 15"))
    .action((number: string, options: ListingOptions) => showChart(tools, number, options));
  defineProductLife(chart, tools, { called: "chart", kind: "chart" });
}

function defineOrder(program: Command, tools: Tools): void {
  const order = program.command("order").description("what customers have bought");
  order
    .command("add")
    .argument("<order>", "its reference: letters and digits")
    .description("give a customer what was bought, all of it or nothing; days are in the chart's time zone")
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
    .description("list what was bought, with its systems and state, oldest first; days are in the chart's time zone")
    .option("--customer <name>", "only what this customer has")
    .option("--product <number>", "only this chart")
    .option(...jsonOption)
    .addHelpText("after", example("order list --customer skipper@example.com"))
    .action((options: ListingOptions) => listOrders(tools, undefined, options));
  order
    .command("find")
    .argument("<text>", "a part of the reference, the chart's name or the customer's")
    .description("find what was bought, whatever the case of letters")
    .option(...jsonOption)
    .addHelpText("after", example("order find GBLAQ"))
    .action((text: string, options: ListingOptions) => listOrders(tools, text, options));
  order
    .command("show")
    .argument("<order>")
    .description("show the slots of an order, with their systems and what each can fetch")
    .option(...jsonOption)
    .addHelpText("after", example("order show GBLAQPDMG"))
    .action((reference: string, options: ListingOptions) => showOrder(tools, reference, options));
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
    .option("--until <day>", "its last day instead, in the time zone of the chart")
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
    .description("list the systems of all customers, or of one; times are in UTC")
    .option("--customer <name>", "whose")
    .option(...jsonOption)
    .addHelpText("after", example("system list --customer skipper@example.com"))
    .action((options: DeviceListOptions) => listDevices(tools, systems, options));
  system
    .command("find")
    .argument("<text>", "a part of its name or of the customer's")
    .description("find systems, whatever the case of letters")
    .option(...jsonOption)
    .addHelpText("after", example("system find laptop"))
    .action((text: string, options: ListingOptions) => listDevices(tools, systems, { ...options, text }));
  system
    .command("show")
    .argument("<name>")
    .description("show a system with what it holds")
    .requiredOption("--customer <name>", "whose")
    .option(...jsonOption)
    .addHelpText("after", example("system show mylaptop --customer skipper@example.com"))
    .action((name: string, options: SystemOptions & ListingOptions) => showSystem(tools, name, options));
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
