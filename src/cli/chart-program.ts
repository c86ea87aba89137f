import type { Command } from "commander";
import { addChart, type ChartOptions, listCharts, retireChart } from "./chart.ts";
import { addCustomer, renewCustomerPassword, showCustomerLog } from "./customer.ts";
import { addOrder, listOrders, type OrderOptions, revokeUnit, unassignUnit } from "./order.ts";
import { changeSystem, listSystems, type SystemOptions } from "./system.ts";
import type { Tools } from "./tools.ts";

/** The part of the command line for who sells charts: customers, charts, orders and systems. */
export function defineChartCommands(program: Command, tools: Tools): void {
  defineCustomer(program.command("customer").description("who buys, and logs in to fetch what was bought"), tools);
  defineChart(program.command("chart").description("charts that are sold, each with its editions"), tools);
  defineOrder(program.command("order").description("what customers have bought"), tools);
  defineSystem(program.command("system").description("the machines on which customers install charts"), tools);
}

function defineCustomer(customer: Command, tools: Tools): void {
  customer
    .command("add")
    .argument("<name>", "an e-mail address, or any other name")
    .description("make a customer; the password is drawn and shown once")
    .option("--no-password", "one who does not log in")
    .addHelpText("after", example("customer add skipper@example.com"))
    .action((name: string, options: { password: boolean }) => addCustomer(tools, name, options));
  customer
    .command("password")
    .argument("<name>")
    .description("draw a new password and show it once; clients that were logged in have to log in again")
    .addHelpText("after", example("customer password skipper@example.com"))
    .action((name: string) => renewCustomerPassword(tools, name));
  customer
    .command("log")
    .argument("<name>")
    .description("show what was done with the systems of a customer and with what the customer has bought")
    .addHelpText("after", example("customer log skipper@example.com"))
    .action((name: string) => showCustomerLog(tools, name));
}

function defineChart(chart: Command, tools: Tools): void {
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
    .description("sell and deliver a chart no more; one that was never sold is removed")
    .addHelpText("after", example("chart retire 15"))
    .action((number: string) => retireChart(tools, number));
}

function defineOrder(order: Command, tools: Tools): void {
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
    .action((reference: string, options: { product: string; quantityId: string }) =>
      revokeUnit(tools, reference, options),
    );
  defineUnassign(order, tools);
}

function defineUnassign(order: Command, tools: Tools): void {
  order
    .command("unassign")
    .argument("<order>")
    .description("take one unit of an order from a system, so that another one can have its slot")
    .requiredOption("--product <number>", "the chart")
    .requiredOption("--quantity-id <number>", "which of several of it, counted from 1")
    .option("--system <name>", "the system; without, all that hold it")
    .addHelpText("after", example("order unassign GBLAQPDMG --product 15 --quantity-id 1 --system mylaptop"))
    .action((reference: string, options: Parameters<typeof unassignUnit>[2]) =>
      unassignUnit(tools, reference, options),
    );
}

function defineSystem(system: Command, tools: Tools): void {
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

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}
