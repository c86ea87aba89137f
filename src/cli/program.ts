import { Command, Help } from "commander";
import { operatorRoles } from "../core/operator.ts";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";
import { config } from "./config.ts";
import { defineConflictCommands } from "./conflict.ts";
import { defineCustomerCommands } from "./customer.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { defineEntitlementCommands } from "./entitlement.ts";
import { readEnvFile } from "./env-file.ts";
import { defineGateCommands } from "./gate.ts";
import { defineHistoryCommands } from "./history.ts";
import { defineHoldCommands } from "./hold.ts";
import { listJobs, retryJobs } from "./job.ts";
import { jsonOption, type ListingOptions } from "./listing.ts";
import { migrate } from "./migrate.ts";
import {
  type AddOptions,
  addOperator,
  changeRole,
  disableOperator,
  enableOperator,
  listOperators,
  removeOperator,
  renewPassword,
} from "./operator.ts";
import { defineOrganizationCommands } from "./organization-program.ts";
import { defineProductCommands } from "./product.ts";
import { defineReportCommands } from "./report.ts";
import { forgetKey, resealSecrets, showKeys } from "./secret-key.ts";
import { serve } from "./serve.ts";
import { drawSetting, listSettings, type PutSettingOptions, putSetting, unsetSetting } from "./setting.ts";
import { type CreateTokenOptions, createToken, listTokens, revokeToken, revokeTokensOf } from "./token.ts";
import { CommandError, type CommandSet, type Tools } from "./tools.ts";

/** Runs the command of these words, by default the arguments of the process. Rejects with the error that ends it. */
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
  // A settings file is read when the words are parsed, before any command reads a setting.
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
    .configureHelp({
      optionDescription(option) {
        const words = Help.prototype.optionDescription.call(this, option);
        return option.mandatory ? `${words} (required)` : words;
      },
    })
    .showHelpAfterError()
    .addHelpText("after", '\nSettings come from the environment: "counterfoil config" lists them.')
    .hook("preAction", (_program, command) => {
      const { envFile, organization } = command.optsWithGlobals<{ envFile?: string; organization?: string }>();
      tools.organization = organization;
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
    .description("list all operators by their logins; times are in UTC")
    .option(...jsonOption)
    .action((options: ListingOptions) => listOperators(tools, options));
  operator
    .command("add <login>")
    .description("make an account; its password is drawn and shown once")
    .option("--role <role>", roleWords, "administrator")
    .option("--id <number>", "the number that it had on another server; without, the next free one")
    .action((login: string, options: AddOptions) => addOperator(tools, login, options));
  operator
    .command("password <login>")
    .description("draw a new password and show it once; all tokens of the operator end")
    .action((login: string) => renewPassword(tools, login));
  operator
    .command("disable <login>")
    .description("shut an operator out; running servers refuse its password and tokens within seconds")
    .action((login: string) => disableOperator(tools, login));
  operator
    .command("enable <login>")
    .description("let an operator in again, with its password; its tokens stay revoked")
    .action((login: string) => enableOperator(tools, login));
  operator
    .command("role <login>")
    .argument("<role>", roleWords)
    .description("give an operator another role; running servers follow within seconds")
    .action((login: string, role: string) => changeRole(tools, login, role));
  operator
    .command("remove <login>")
    .description("remove an operator with its tokens and settings; what it did stays in the log")
    .action((login: string) => removeOperator(tools, login));

  mount("operator");

  const setting = program.command("setting").description("how the organization wants the protocols spoken");
  setting
    .command("list")
    .description("list all settings, their values and meanings")
    .option("--reseller <login>", "those that this reseller has for itself")
    .action(({ reseller }: { reseller?: string }) => listSettings(tools, reseller));
  setting
    .command("set <name>")
    .argument("[value]", "the value; - reads it from standard input, as a secret one that is left out")
    .description("set a setting; running servers follow within seconds")
    .option("--from-file <path>", "read the value from a file")
    .option("--reseller <login>", "set it for this reseller only")
    .addHelpText("after", () => exampleOf(tools))
    .action((name: string, value: string | undefined, options: PutSettingOptions, command: Command) =>
      putSetting(tools, name, value, options, () => command.error("error: missing required argument 'value'")),
    );
  setting
    .command("draw <name>")
    .description("draw a secret setting, such as a key, and show it once; running servers follow within seconds")
    .option("--reseller <login>", "draw it for this reseller only")
    .action((name: string, { reseller }: { reseller?: string }) => drawSetting(tools, name, reseller));
  setting
    .command("unset <name>")
    .option("--reseller <login>", "that reseller's own setting")
    .description("return a setting to its default")
    .action((name: string, { reseller }: { reseller?: string }) => unsetSetting(tools, name, reseller));

  mount("setting");
  defineCustomerCommands(program, tools);
  mount("customer");
  defineProductCommands(program, tools);
  defineEntitlementCommands(program, tools);
  defineHoldCommands(program, tools);
  defineConflictCommands(program, tools);
  defineReportCommands(program, tools);
  defineHistoryCommands(program, tools);
  defineGateCommands(program, tools);
  defineOrganizationCommands(program, tools);
  mount("log");

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
    .command("create <login>")
    .description("make a token for an operator and show it once; options narrow it, and can be repeated")
    .option("--name <name>", "what it is for", "")
    .option("--days <number>", "how long it is valid; without, until it is revoked")
    .option("--scope <permission>", "a permission that it has; without, all of the operator's", collect, [])
    .option("--product <id>", "a product that it reaches; without, all", collect, [])
    .option("--category <key>", "a category that it reaches; without, all", collect, [])
    .option("--network <network>", "where it works, like 192.0.2.0/24; without, everywhere", collect, [])
    .action((login: string, options: CreateTokenOptions) => createToken(tools, login, options));
  token
    .command("list")
    .description("list all tokens with their numbers; nobody can tell their texts any more")
    .action(() => listTokens(tools));
  token
    .command("revoke")
    .argument("[token]", "the token; without, or with -, it is read from standard input")
    .description("end a token; running servers refuse it at once")
    .option("--from-file <path>", "read the token from a file")
    .option("--number <number>", "the token of this number in the list")
    .action((text: string | undefined, options: { fromFile?: string; number?: string }) =>
      revokeToken(tools, text, options),
    );
  token
    .command("revoke-all <login>")
    .description("end all tokens of an operator")
    .action((login: string) => revokeTokensOf(tools, login));
  mount(undefined);
  return program;

  /** Defines the protocols' commands that follow this command of ours. */
  function mount(place: CommandSet["after"]): void {
    for (const { commands = [] } of tools.dialects) {
      for (const { after, define } of commands) if (after === place) define(program, tools);
    }
  }
}

const roleWords = new Intl.ListFormat("en-GB", { type: "disjunction" }).format(operatorRoles);

/** An example of how a secret setting is set. */
function exampleOf({ organizationSettings }: Tools): string {
  const secret = organizationSettings.find(({ isSecret }) => isSecret === true);
  return secret === undefined ? "" : `\nExample:\n  counterfoil setting set ${secret.name} --from-file key.txt`;
}

/** Gathers the values of an option that can be repeated. */
function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
