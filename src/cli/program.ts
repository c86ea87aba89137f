import { Command, Option } from "commander";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";
import { defineChartCommands } from "./chart-program.ts";
import { config } from "./config.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { addEdition, type EditionOptions, listEditions } from "./edition.ts";
import { readEnvFile } from "./env-file.ts";
import { type FingerprintOptions, fingerprintExample, operatingSystems, printFingerprint } from "./fingerprint.ts";
import { addGroup, type GroupOptions } from "./group.ts";
import { listJobs, retryJobs } from "./job.ts";
import { addLicenseProduct, attachLicense, detachLicense, listLicenses } from "./license.ts";
import { migrate } from "./migrate.ts";
import {
  addOperator,
  changeRole,
  disableOperator,
  enableOperator,
  listOperators,
  removeOperator,
  renewPassword,
} from "./operator.ts";
import { defineOrganizationCommands } from "./organization-program.ts";
import { forgetKey, resealSecrets, showKeys } from "./secret-key.ts";
import { serve } from "./serve.ts";
import { drawSetting, listSettings, type PutSettingOptions, putSetting, unsetSetting } from "./setting.ts";
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
    throw new CommandError(
      `The database cannot be used now: ${error.message}. Once that is mended, repeat the command.`,
    );
  }
}

/** The command line: every command, and `--help` for each. */
export function createProgram(given: Tools, version: string): Command {
  // A settings file is read once the words are known, and before any command looks at a setting.
  const fromFile = new Set<string>();
  const environment: Record<string, string | undefined> = { ...given.environment };
  const tools: { -readonly [Name in keyof Tools]: Tools[Name] } = { ...given, environment, fromFile };
  const program = new Command("counterfoil")
    .description(
      "An entitlement server: issues, sells, redeems exactly once and logs everything that is sold as a code.",
    )
    .version(version)
    .option("--env-file <path>", "a file with settings, a line NAME=value for each; the environment goes before it")
    .option("--organization <number>", "which organization a command is about (default: the one of the first start)")
    .hook("preAction", () => {
      tools.organization = program.opts<{ organization?: string }>().organization;
    })
    .showHelpAfterError()
    .addHelpText("after", '\nSettings come from the environment: "counterfoil config" lists them.')
    .hook("preAction", (_program, command) => {
      const { envFile } = command.optsWithGlobals<{ envFile?: string }>();
      if (envFile === undefined) return;
      for (const [name, value] of Object.entries(readEnvFile(envFile))) {
        if ((environment[name]?.trim() ?? "") !== "") continue;
        environment[name] = value;
        fromFile.add(name);
      }
    });

  program
    .command("serve")
    .description("start the server; the first start makes the owner's account and tells its password")
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
    .option("--create", "also make a database where there is none")
    .action((options) => migrate(tools, options));
  program
    .command("config")
    .description("list every setting, its value and where that comes from")
    .action(() => config(tools));
  program
    .command("doctor")
    .description("check settings, folder, disk, port, mail, database, schema, key and clock, and say what to do")
    .action(() => doctor(tools));
  const secretKey = program.command("secret-key").description("keys that seal what must not be read in the database");
  secretKey
    .command("list")
    .description("list the keys that are in use, by their names in the database")
    .action(() => showKeys(tools));
  secretKey
    .command("reseal")
    .description("seal everything anew with the first key and retire the others; broken off, the same command goes on")
    .action(() => resealSecrets(tools));
  secretKey
    .command("forget")
    .argument("<key>", "its name in the database, 8 hex digits")
    .description("give a key up that is lost for good; what it sealed stays unreadable")
    .action((key: string) => forgetKey(tools, key));

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
    .description("draw a new password and show it once; all tokens of the operator end")
    .action((login: string) => renewPassword(tools, login));
  operator
    .command("disable")
    .argument("<login>")
    .description("shut an operator out; running servers refuse its password and tokens within seconds")
    .action((login: string) => disableOperator(tools, login));
  operator
    .command("enable")
    .argument("<login>")
    .description("let an operator in again, with its password; its tokens stay revoked")
    .action((login: string) => enableOperator(tools, login));
  operator
    .command("role")
    .argument("<login>")
    .argument("<role>", "owner, administrator, accountant or reseller")
    .description("give an operator another role; running servers follow within seconds")
    .action((login: string, role: string) => changeRole(tools, login, role));
  operator
    .command("remove")
    .argument("<login>")
    .description("remove an operator with its tokens and settings; what it did stays in the log")
    .action((login: string) => removeOperator(tools, login));

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
    .argument("[value]", "the value; - reads it from standard input, as a secret one that is left out")
    .description("set a setting; running servers follow within seconds")
    .option("--from-file <path>", "read the value from a file")
    .option("--reseller <login>", "set it for this reseller only")
    .addHelpText("after", "\nExample:\n  counterfoil setting set mor.secret --from-file key.txt")
    .action((name: string, value: string | undefined, options: PutSettingOptions, command: Command) =>
      putSetting(tools, name, value, options, () => command.error("error: missing required argument 'value'")),
    );
  setting
    .command("draw")
    .argument("<name>")
    .description("draw a secret setting, such as a key, and show it once; running servers follow within seconds")
    .option("--reseller <login>", "draw it for this reseller only")
    .action((name: string, { reseller }: { reseller?: string }) => drawSetting(tools, name, reseller));
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
    .argument("[token]", "the token; without, or with -, it is read from standard input")
    .description("end a token; running servers follow within seconds")
    .option("--from-file <path>", "read the token from a file")
    .action((text: string | undefined, { fromFile: path }: { fromFile?: string }) => revokeToken(tools, text, path));
  token
    .command("revoke-all")
    .argument("<login>")
    .description("end all tokens of an operator")
    .action((login: string) => revokeTokensOf(tools, login));
  return program;
}
