import type { Command } from "commander";
import { type DeviceListOptions, listDevices } from "../../../cli/device.ts";
import { jsonOption, type ListingOptions } from "../../../cli/listing.ts";
import type { CommandSet, Tools } from "../../../cli/tools.ts";
import {
  addLicense,
  addLicenseProduct,
  attachLicense,
  detachLicense,
  type LicenseOptions,
  listLicenses,
  revokeLicense,
  showLicense,
} from "./license.ts";
import { findLicenses } from "./license-find.ts";
import { moveLicense, renewLicense, setSeats } from "./license-life.ts";
import { changeMachine, type MachineOptions, machines, releaseMachine, showMachine } from "./machine.ts";

export const commands: readonly CommandSet[] = [
  { after: "setting", define: defineLicense },
  { after: "setting", define: defineMachine },
];

function defineLicense(program: Command, tools: Tools): void {
  const license = program.command("license").description("licences and the machines that they are attached to");
  license
    .command("list")
    .argument("<client>", "the e-mail address of the client")
    .description("list the licences of a client")
    .action((client: string) => listLicenses(tools, client));
  license
    .command("find")
    .argument("<text>", "a key in any spelling, or a part of a key, a product code or a client's address")
    .description("find licences, with their machines, seats and end")
    .option(...jsonOption)
    .addHelpText("after", example("license find ada@example.com"))
    .action((text: string, options: ListingOptions) => findLicenses(tools, text, options));
  license
    .command("show")
    .argument("<key>")
    .description("show a licence with its machines, seats and end")
    .option(...jsonOption)
    .addHelpText("after", example("license show ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA"))
    .action((key: string, options: ListingOptions) => showLicense(tools, key, options));
  license
    .command("add")
    .argument("[key]", "the key that it had on another server, of any shape; without, one is drawn")
    .description("give a client a licence; nothing is mailed")
    .requiredOption("--client <address>", "whose it is: an e-mail address")
    .requiredOption("--product <name>", "the product code")
    .option("--called <name>", "how the client is addressed", "")
    .option("--issued <day>", "when it was issued, in UTC; without, now")
    .option("--expires <day>", "its last day, in UTC; without, it has none")
    .addHelpText("after", example("license add A1B2C-D3E4F-G5H6I --client ada@example.com --product EZP5"))
    .action((key: string | undefined, options: LicenseOptions) => addLicense(tools, key, options));
  license
    .command("revoke")
    .argument("<key>")
    .description("end a licence for good")
    .addHelpText("after", example("license revoke ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA"))
    .action((key: string) => revokeLicense(tools, key));
  license
    .command("attach")
    .argument("<key>")
    .argument("<mac>", "the MAC address of the machine")
    .description("attach a licence to a machine; the same machine again is fine")
    .action((key: string, mac: string) => attachLicense(tools, key, mac));
  license
    .command("detach")
    .argument("<key>")
    .argument("[mac]", "only this machine")
    .description("take a licence from its machine")
    .action((key: string, mac: string | undefined) => detachLicense(tools, key, mac));
  license
    .command("renew")
    .argument("<key>")
    .description("give a licence more time: from its end on, or from today on when that is over")
    .requiredOption("--for <time>", "1y, 6m, 30d or 1y6m")
    .addHelpText("after", example("license renew ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA --for 1y"))
    .action((key: string, options: { for: string }) => renewLicense(tools, key, { period: options.for }));
  license
    .command("seats")
    .argument("<key>")
    .argument("<number>", "machines to which it can be attached at once; product for as many as its product says")
    .description("change for how many machines a licence is")
    .addHelpText("after", example("license seats ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA 5"))
    .action((key: string, number: string) => setSeats(tools, key, number));
  license
    .command("move")
    .argument("<key>")
    .argument("<from>", "the MAC address of the machine that it leaves")
    .argument("<to>", "the MAC address of the new machine")
    .description("attach a licence to another machine in the place of one")
    .action((key: string, from: string, to: string) => moveLicense(tools, key, from, to));
  license
    .command("product")
    .argument("<name>", "the product code")
    .description("make a product to issue licences of")
    .option("--slots <number>", "machines that one licence can be attached to at once", "1")
    .action((name: string, { slots }: { slots: string }) => addLicenseProduct(tools, name, slots));
}

function defineMachine(program: Command, tools: Tools): void {
  const machine = program.command("machine").description("the machines of clients, to which licences are attached");
  const client = ["--client <address>", "whose"] as const;
  const ofMachine = (name: string, description: string) =>
    machine
      .command(name)
      .argument("<mac>", "the MAC address of the machine")
      .description(description)
      .requiredOption(...client)
      .addHelpText("after", example(`machine ${name} 08-00-27-AA-BB-CC --client ada@example.com`));
  machine
    .command("list")
    .description("list the machines of all clients, or of one; times are in UTC")
    .option(...client)
    .option(...jsonOption)
    .addHelpText("after", example("machine list --client ada@example.com"))
    .action(({ client: customer, ...options }: ListingOptions & { client?: string }) =>
      listDevices(tools, machines, customer === undefined ? options : { ...options, customer }),
    );
  machine
    .command("find")
    .argument("<text>", "a part of its MAC address or of the client's address")
    .description("find machines, whatever the case of letters")
    .option(...jsonOption)
    .addHelpText("after", example("machine find 08-00-27"))
    .action((text: string, options: DeviceListOptions) => listDevices(tools, machines, { ...options, text }));
  ofMachine("show", "show a machine with the licences that are attached to it")
    .option(...jsonOption)
    .action((mac: string, options: MachineOptions & ListingOptions) => showMachine(tools, mac, options));
  ofMachine("release", "take all licences from a machine").action((mac: string, options: MachineOptions) =>
    releaseMachine(tools, mac, options),
  );
  ofMachine("disable", "let no more licences be attached to a machine").action((mac: string, options: MachineOptions) =>
    changeMachine(tools, mac, "disable", options),
  );
  ofMachine("enable", "let licences be attached to a machine again").action((mac: string, options: MachineOptions) =>
    changeMachine(tools, mac, "enable", options),
  );
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}
