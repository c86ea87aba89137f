import type { Command } from "commander";
import { addCustomer, renewCustomerPassword, showCustomerLog } from "./customer.ts";
import type { Tools } from "./tools.ts";

/** The part of the command line about customers. */
export function defineCustomerCommands(program: Command, tools: Tools): void {
  const customer = program.command("customer").description("who buys, and logs in to fetch what was bought");
  customer
    .command("add")
    .argument("<name>", "an e-mail address, or any other name")
    .description("make a customer; the password is drawn and shown once")
    .option("--no-password", "one who does not log in")
    .addHelpText("after", example("customer add skipper@example.com"))
    .action((name: string, options: { password: boolean }) => addCustomer(tools, name, options));
  customer
    .command("password <name>")
    .description("draw a new password and show it once; clients that were logged in have to log in again")
    .addHelpText("after", example("customer password skipper@example.com"))
    .action((name: string) => renewCustomerPassword(tools, name));
  customer
    .command("log <name>")
    .description("show what was done with the systems of a customer and with what the customer has bought")
    .addHelpText("after", example("customer log skipper@example.com"))
    .action((name: string) => showCustomerLog(tools, name));
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}
