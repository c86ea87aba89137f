import { Command, Option } from "commander";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";
import { defineChartCommands } from "./chart-program.ts";
import { config } from "./config.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { addEdition, type EditionOptions, listEditions } from "./edition.ts";
import { type FingerprintOptions, fingerprintExample, operatingSystems, printFingerprint } from "./fingerprint.ts";
import { addGroup, type GroupOptions } from "./group.ts";
import { listJobs, retryJobs } from "./job.ts";
import { addLicenseProduct, attachLicense, detachLicense, listLicenses } from "./license.ts";
import { migrate } from "./migrate.ts";
import { addOperator, listOperators, renewPassword } from "./operator.ts";
import { defineOrganizationCommands } from "./organization-program.ts";
import { serve } from "./serve.ts";
import { listSettings, putSetting, unsetSetting } from "./setting.ts";
import { addStock, type StockOptions } from "./stock.ts";
import { revokeToken, revokeTokensOf } from "./token.ts";
import { CommandError, type Tools } from "./tools.ts";

/** Runs the command of these words, by default those that the process was given. Rejects with an error that ends it. */
export async function runProgram(tools: Tools, version: string, words = process.argv.slice(2)): Promise<void> {
  try {
    await createProgram(tools, version).parseAsync(words, { from: "user" });
  } catch (error) {
    if (error instanceof StoreBusy) {
      throw new CommandError(`The database is busy: ${error.message}. Repeat the command in a moment.`);
    }
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new CommandError(`The database went away: ${error.message}. Start it again, then repeat the command.`);
  }
}

/** The command line: every command, and `--help` for each. */
export function createProgram(given: Tools, version: string): Command {
  const tools: { -readonly [Name in keyof Tools]: Tools[Name] } = { ...given };
  const program = new Command("counterfoil")
    .description(
      "An entitlement server: issues, sells, redeems exactly once and logs everything that is sold as a code.",
    )
    .version(version)
    .option("--organization <number>", "which organization a command is about (default: the one of the first start)")
    .hook("preAction", () => {
      tools.organization = program.opts<{ organization?: string }>().organization;
    })
    .showHelpAfterError()
    .addHelpText("after", '\nSettings come from the environment: "counterfoil config" lists them.');

  program
    .command("serve")
    .description("start the server; the first start makes the owner's account and shows its password")
    .action(() => serve(tools));
  program
    .command("demo")
    .description("start a server with sample data, in a folder of its own (DATA_DIR, default ./data/demo)")
    .option("--fresh", "remove what an earlier demo left and start over")
    .action((options) => demo(tools, options));
  program
    .command("migrate")
    .description("bring the database to this version's schema; the server does so at its start, too")
    .option("--dry-run", "only say what would be applied")
    .action((options) => migrate(tools, options));
  program
    .command("config")
    .description("list every setting, its value and where that comes from")
    .action(() => config(tools));
  program
    .command("doctor")
    .description("check settings, folder, disk, port, mail, database, schema and clock, and say what to do")
    .action(() => doctor(tools));

  const operator = program.command("operator").description("people who administer or sell");
  operator
    .command("list")
    .description("list all operators")
    .action(() => listOperators(tools));
  operator
    .command("add")
    .argument("<login>")
    .description("make an account; its password is drawn and shown once")
    .option("--role <role>", "owner, administrator, accountant or reseller", "administrator")
    .action((login: string, { role }: { role: string }) => addOperator(tools, login, role));
  operator
    .command("password")
    .argument("<login>")
    .description("draw a new password and show it once")
    .action((login: string) => renewPassword(tools, login));

  program
    .command("group")
    .description("groups of cards that are sold from stock")
    .command("add")
    .argument("<name>")
    .description("make a group; stock add fills it")
    .requiredOption("--price <amount>", "price of one, tax included")
    .option("--currency <code>", "currency of price and balance", "EUR")
    .option("--tax <percent>", "tax in the price, in percent of the price without it", "0")
    .option("--number-digits <digits>", "length of the numbers", "10")
    .option("--pin-digits <digits>", "length of the pins, 0 for none", "8")
    .option("--owner <login>", "the reseller whose group it is; without, it belongs to the house")
    .action((name: string, options: GroupOptions) => addGroup(tools, name, options));
  program
    .command("stock")
    .description("cards that are made before they are sold")
    .command("add")
    .description("make cards with numbers of your choice and random pins; the same command again resumes")
    .requiredOption("--group <number>", "the group")
    .requiredOption("--from <number>", "the first number")
    .option("--to <number>", "the last number")
    .option("--count <count>", "or how many")
    .requiredOption("--balance <amount>", "what is on a card, without tax")
    .option("--batch <name>", "a name for this delivery", "")
    .action((options: StockOptions) => addStock(tools, options));

  const edition = program.command("edition").description("versions of a chart's content");
  edition
    .command("add")
    .argument("<path>", "a folder or a zip with the files")
    .description("take in the files of an edition; the one that was published last is delivered from then on")
    .requiredOption("--product <number>", "the chart")
    .requiredOption("--edition <name>", "a name that no other edition of the chart has")
    .option("--published <day>", "when it was published, in UTC (default: today)")
    .addHelpText(
      "after",
      "\nExample:\n  counterfoil edition add --product 15 --edition 2017-2 --published 2017-04-01 british-isles.zip",
    )
    .action((path: string, options: EditionOptions) => addEdition(tools, path, options));
  edition
    .command("list")
    .description("list the editions of a chart with their sizes and sums; times are in UTC")
    .requiredOption("--product <number>", "the chart")
    .addHelpText("after", "\nExample:\n  counterfoil edition list --product 15")
    .action(({ product }: { product: string }) => listEditions(tools, product));

  const setting = program.command("setting").description("how the organization wants the protocols spoken");
  setting
    .command("list")
    .description("list all settings, their values and meanings")
    .option("--reseller <login>", "those that this reseller has for itself")
    .action(({ reseller }: { reseller?: string }) => listSettings(tools, reseller));
  setting
    .command("set")
    .argument("<name>")
    .argument("<value>")
    .description("set a setting; running servers follow within seconds")
    .option("--reseller <login>", "set it for this reseller only")
    .action((name: string, value: string, { reseller }: { reseller?: string }) =>
      putSetting(tools, name, value, reseller),
    );
  setting
    .command("unset")
    .argument("<name>")
    .option("--reseller <login>", "that reseller's own setting")
    .description("return a setting to its default")
    .action((name: string, { reseller }: { reseller?: string }) => unsetSetting(tools, name, reseller));

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

  defineChartCommands(program, tools);
  defineOrganizationCommands(program, tools);

  program
    .command("fingerprint")
    .description("make a fingerprint of a machine, as a chart client uploads it; prints its name, then its content")
    .option("--uuid <uuid>", "the UUID of the machine")
    .option("--mac <address>", "its MAC address")
    .option("--serial <serial>", "its serial number")
    .option("--dongle <serial>", "the serial of a dongle: eight hexadecimal digits")
    .addOption(new Option("--os <system>", "its operating system").choices(operatingSystems).default("linux"))
    .option("--time <seconds>", "when it is made, in Unix time (default: now)")
    .addHelpText("after", fingerprintExample)
    .action((options: FingerprintOptions) => printFingerprint(tools, options));

  const job = program.command("job").description("mails and builds, which are tried again until they are given up");
  job
    .command("list")
    .description("list those that were given up, and why; times are in UTC")
    .action(() => listJobs(tools));
  job
    .command("retry")
    .argument("[number...]")
    .description("let jobs that were given up begin anew")
    .option("--all", "every one of them")
    .action((numbers: readonly string[], options: { all?: boolean }) => retryJobs(tools, numbers, options));

  const token = program.command("token").description("tokens that stand for an operator's password");
  token
    .command("revoke")
    .argument("<token>")
    .description("end a token; running servers follow within seconds")
    .action((text: string) => revokeToken(tools, text));
  token
    .command("revoke-all")
    .argument("<login>")
    .description("end all tokens of an operator")
    .action((login: string) => revokeTokensOf(tools, login));
  return program;
}
