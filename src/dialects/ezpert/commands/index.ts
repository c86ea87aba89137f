import type { Command } from "commander";
import type { CommandSet, Tools } from "../../../cli/tools.ts";
import { addLicenseProduct, attachLicense, detachLicense, listLicenses } from "./license.ts";

export const commands: readonly CommandSet[] = [{ after: "setting", define: defineLicense }];

function defineLicense(program: Command, tools: Tools): void {
  const license = program.command("license").description("licences and the machines that they are attached to");
  license
    .command("list")
    .argument("<client>", "the e-mail address of the client")
    .description("list the licences of a client")
    .action((client: string) => listLicenses(tools, client));
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
    .command("product")
    .argument("<name>", "the product code")
    .description("make a product to issue licences of")
    .option("--slots <number>", "machines that one licence can be attached to at once", "1")
    .action((name: string, { slots }: { slots: string }) => addLicenseProduct(tools, name, slots));
}
