import type { Command } from "commander";
import { jsonOption, type ListingOptions } from "../../../cli/listing.ts";
import type { Tools } from "../../../cli/tools.ts";
import { addDeviceGroup, changeDeviceGroup, listDeviceGroups, removeDeviceGroup } from "./device-group.ts";
import { addPhone, changePhone, listPhones, type PhoneListOptions, removePhone, showPhone } from "./phone.ts";

const customerOption = ["--customer <customer>", "the customer, by its name or its number"] as const;
const number = "its number";

/** The phones of customers, and their groups. */
export function definePhonesAndGroups(program: Command, tools: Tools): void {
  const phone = program.command("phone").description("the phones of customers, which devices_get lists");
  phone
    .command("list")
    .description("list the phones of a customer by their numbers, hidden ones too")
    .requiredOption(...customerOption)
    .option(...jsonOption)
    .addHelpText("after", example("phone list --customer 100"))
    .action((options: PhoneListOptions) => listPhones(tools, options));
  phone
    .command("show")
    .argument("<number>", number)
    .description("show a phone")
    .option("--secret", "with its password")
    .option(...jsonOption)
    .addHelpText("after", example("phone show 7"))
    .action((text: string, options: ListingOptions) => showPhone(tools, text, options));
  withAccount(
    phone
      .command("add")
      .description("add a phone to a customer")
      .requiredOption(...customerOption)
      .requiredOption("--type <type>", "how it connects, such as SIP or IAX2"),
    "the device group; without, the customer's primary one, which is made if there is none",
  )
    .option("--id <number>", "the number that it had on another server; without, the next free one")
    .option("--hidden", "it is blocked, and left out where hidden ones are not asked for")
    .addHelpText(
      "after",
      example("phone add --customer 100 --id 7 --type SIP --username 1001 --host dynamic --port 5060"),
    )
    .action((options) => addPhone(tools, options));
  withAccount(
    phone
      .command("change")
      .argument("<number>", number)
      .description("change a phone; what is not named stays as it is")
      .option("--type <type>", "how it connects, such as SIP or IAX2"),
    "another device group of the same customer",
  )
    .option("--hide", "block it, and leave it out where hidden ones are not asked for")
    .option("--show", "block and hide it no more")
    .addHelpText("after", example("phone change 7 --host 192.0.2.10 --port 5060"))
    .action((text: string, options) => changePhone(tools, text, options));
  phone
    .command("remove")
    .argument("<number>", number)
    .description("remove a phone for good; change --hide keeps it")
    .addHelpText("after", example("phone remove 7"))
    .action((text: string) => removePhone(tools, text));
  defineGroups(program.command("device-group").description("groups of a customer's phones, such as branches"), tools);
}

/** The options of a phone's account. */
function withAccount(command: Command, groupMeaning: string): Command {
  return command
    .option("--group <number>", groupMeaning)
    .option("--username <name>", "with which it signs in")
    .option("--secret-from-file <path>", "a file with the password with which it signs in; - for standard input")
    .option("--draw-secret", "draw such a password, and show it once")
    .option("--host <host>", "its address, or dynamic")
    .option("--port <port>", "its port, or none")
    .option("--caller-id <text>", "what those whom it calls see")
    .option("--description <text>", "a note")
    .option("--primary", "it is the customer's primary phone from now on");
}

function defineGroups(group: Command, tools: Tools): void {
  group
    .command("list")
    .description("list the device groups of a customer by their numbers")
    .requiredOption(...customerOption)
    .option(...jsonOption)
    .addHelpText("after", example("device-group list --customer 100"))
    .action((options: PhoneListOptions) => listDeviceGroups(tools, options));
  group
    .command("add")
    .argument("<name>")
    .description("add a device group to a customer; the first one is the primary one")
    .requiredOption(...customerOption)
    .option("--id <number>", "the number that it had on another server; without, the next free one")
    .addHelpText("after", example("device-group add Harbour --customer 100 --id 3"))
    .action((name: string, options: PhoneListOptions & { id?: string }) => addDeviceGroup(tools, name, options));
  group
    .command("change")
    .argument("<number>", number)
    .description("rename a device group, or make it the primary one")
    .option("--name <name>", "another name")
    .option("--primary", "phones for which no group is named get into it from now on")
    .addHelpText("after", example("device-group change 3 --name Airport --primary"))
    .action((text: string, options: { name?: string; primary?: boolean }) => changeDeviceGroup(tools, text, options));
  group
    .command("remove")
    .argument("<number>", number)
    .description("remove a device group without phones; the primary one goes last")
    .addHelpText("after", example("device-group remove 3"))
    .action((text: string) => removeDeviceGroup(tools, text));
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}
