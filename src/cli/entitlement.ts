import type { Command } from "commander";
import type { Command as Act } from "../core/command.ts";
import type { Metadata } from "../core/metadata.ts";
import type { Product } from "../core/product.ts";
import type { NewCode } from "../core/verbs/reissue.ts";
import { printEntitlement, rowOf } from "./entitlement-facts.ts";
import {
  type Found,
  findEntitlement,
  findEntitlements,
  type ListOptions,
  listEntitlements,
  showEntitlement,
} from "./entitlement-lists.ts";
import { jsonOption, type ListingOptions, printList } from "./listing.ts";
import { momentWords, readBound, readMoment } from "./moment.ts";
import { findProduct, madeHere } from "./product.ts";
import { none, readMetadata, readText, readWhole } from "./read-option.ts";
import { sentences } from "./sentences.ts";
import { accepted, CommandError, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** The digits of a code that is drawn. */
export const codeDigits = 18;

const codeArgument = ["<code>", "its code"] as const;
const newCode = "--new-code <code>";

/** The part of the command line about entitlements. */
export function defineEntitlementCommands(program: Command, tools: Tools): void {
  const entitlement = program
    .command("entitlement")
    .aliases(madeHere(tools).flatMap(({ unit }) => unit ?? []))
    .description("one sold unit, named by its code: what becomes of it from the sale to the gate");
  entitlement
    .command("list")
    .description("list what was issued of a product, by the codes")
    .requiredOption("--product <number>", "the product")
    .option("--in-force", "without those that were revoked or are suspended")
    .option(...jsonOption)
    .action((options: ListOptions) => listEntitlements(tools, options));
  entitlement
    .command("find")
    .argument("<text>", "a code, a reference or the name of a holder, as it is written")
    .description("find entitlements of any product, revoked ones too")
    .option(...jsonOption)
    .addHelpText("after", example("entitlement find ada@example.com"))
    .action((text: string, options: ListingOptions) => findEntitlements(tools, text, options));
  entitlement
    .command("show")
    .argument(...codeArgument)
    .description("show an entitlement with its uses and former codes")
    .option(...jsonOption)
    .action((code: string, options: ListingOptions) => showEntitlement(tools, code, options));
  const issuing = entitlement
    .command("issue")
    .description("issue entitlements of a product; codes are drawn unless they are given")
    .requiredOption("--product <number>", "the product")
    .option("--category <key>", "one of the product's categories")
    .option("--count <number>", "how many (default: 1, or as many as there are codes)")
    .option("--code <code...>", "codes of your choice")
    .option("--holder <name>", "who will hold them, as an e-mail address")
    .option("--starts <time>", `the first moment at which each is honoured, ${momentWords}`)
    .option("--ends <time>", "the last second; a day alone is the whole of it");
  withOwnTerms(issuing)
    .option(...jsonOption)
    .addHelpText("after", example("entitlement issue --product 4 --category adult --count 2 --holder ada@example.com"))
    .action((options: IssueOptions) => issue(tools, options));
  entitlement
    .command("redeem")
    .argument(...codeArgument)
    .description("honour an entitlement, as a gate does")
    .option("--count <number>", "how many uses it spends at once, all or none", "1")
    .option("--exit", "let its holder out")
    .option("--at <time>", `when that happened, if it is reported later, ${momentWords}`)
    .option(...jsonOption)
    .addHelpText("after", example("entitlement redeem 412158754 --count 3"))
    .action((code: string, options: RedeemOptions) =>
      act(tools, code, options, (found) => ({
        verb: "redeem",
        ...found.named,
        count: readWhole("--count", options.count),
        ...(options.exit === true ? { direction: "exit" as const } : {}),
        ...(options.at === undefined ? {} : { occurredAtMs: readMoment("--at", options.at, found.product.timeZone) }),
      })),
    );
  entitlement
    .command("undo")
    .argument(...codeArgument)
    .description("take back a use that counts, so that it can be used again")
    .requiredOption("--reason <text>", "why; the log keeps it")
    .option("--use <number>", "the number of the use (default: the last that counts)")
    .option(...jsonOption)
    .addHelpText("after", example("entitlement undo 412158754 --reason 'scanned at the wrong door'"))
    .action((code: string, options: UndoOptions) =>
      act(tools, code, options, ({ named }) => ({
        verb: "undo",
        ...named,
        reason: options.reason,
        ...(options.use === undefined ? {} : { number: readWhole("--use", options.use) }),
      })),
    );
  plain("suspend", "keep an entitlement from being honoured until it is reinstated", "suspend");
  plain("reinstate", "end the suspension of an entitlement", "reinstate");
  entitlement
    .command("extend")
    .argument(...codeArgument)
    .description(`give an entitlement a start and an end of its own; ${none} takes one away`)
    .option("--starts <time>", `the first moment, ${momentWords}`)
    .option("--ends <time>", "the last second; a day alone is the whole of it")
    .option(...jsonOption)
    .addHelpText("after", example("entitlement extend 412158754 --ends 2026-12-31"))
    .action((code: string, options: PeriodOptions) =>
      act(tools, code, options, ({ named, product }) => ({ verb: "extend", ...named, ...periodOf(options, product) })),
    );
  entitlement
    .command("transfer")
    .argument(...codeArgument)
    .description("give an entitlement to another holder, under a new code unless the old one is kept")
    .requiredOption("--to <name>", "the new holder, as an e-mail address")
    .option(newCode, "a code of your choice")
    .option("--keep-code", "leave the code: the former holder's copy is honoured, too")
    .option(...jsonOption)
    .addHelpText("after", example("entitlement transfer 412158754 --to ben@example.com"))
    .action((code: string, options: TransferOptions) =>
      act(tools, code, options, (found) => ({
        verb: "transfer",
        ...found.named,
        holder: options.to,
        ...(options.keepCode === true ? {} : { newCode: newCodeOf(tools, options, found.product) }),
      })),
    );
  entitlement
    .command("reissue")
    .argument(...codeArgument)
    .description("give an entitlement a new code; the old one is refused for ever")
    .option(newCode, "a code of your choice")
    .option(...jsonOption)
    .action((code: string, options: NewCodeOptions) =>
      act(tools, code, options, ({ named, product }) => ({
        verb: "reissue",
        ...named,
        newCode: newCodeOf(tools, options, product),
      })),
    );
  plain("revoke", "end an entitlement for good; its place is free again, unless it was used", "revoke");
  withOwnTerms(entitlement.command("change").argument(...codeArgument))
    .description(`change an entitlement; what no option names stays, and ${none} takes a value away`)
    .option(...jsonOption)
    .addHelpText("after", example("entitlement change 412158754 --uses 12 --attention 'needs the ramp'"))
    .action((code: string, options: OwnTermOptions & ListingOptions) =>
      act(tools, code, options, ({ named }) => ({ verb: "change_entitlement", ...named, ...changesOf(options) })),
    );

  function plain(name: string, description: string, verb: "suspend" | "reinstate" | "revoke"): void {
    entitlement
      .command(name)
      .argument(...codeArgument)
      .description(description)
      .option(...jsonOption)
      .action((code: string, options: ListingOptions) =>
        act(tools, code, options, ({ named }) => ({ verb, ...named })),
      );
  }
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}

/** Adds the options for terms that one entitlement has for itself. */
function withOwnTerms(command: Command): Command {
  return command
    .option("--uses <number>", "how often each is honoured (default: as often as the product says)")
    .option("--reference <text>", "your own name for the order, such as its number")
    .option("--attention <note>", "a note for the steward at the gate")
    .option("--metadata <key=value...>", "values of your own");
}

interface OwnTermOptions {
  readonly uses?: string;
  readonly reference?: string;
  readonly attention?: string;
  readonly metadata?: readonly string[];
}

interface OwnTerms {
  readonly usesMax?: number | null;
  readonly reference?: string | null;
  readonly attention?: string | null;
  readonly metadata?: Metadata | null;
}

function ownTermsOf({ uses, reference, attention, metadata }: OwnTermOptions): OwnTerms {
  return {
    ...(uses === undefined ? {} : { usesMax: uses === none ? null : readWhole("--uses", uses) }),
    ...(reference === undefined ? {} : { reference: readText(reference) }),
    ...(attention === undefined ? {} : { attention: readText(attention) }),
    ...(metadata === undefined ? {} : { metadata: readMetadata("--metadata", metadata) }),
  };
}

function changesOf(options: OwnTermOptions): OwnTerms {
  const changes = ownTermsOf(options);
  if (Object.keys(changes).length > 0) return changes;
  throw new CommandError("Nothing is to be changed: give --uses, --reference, --attention or --metadata.");
}

interface PeriodOptions extends ListingOptions {
  readonly starts?: string;
  readonly ends?: string;
}

function periodOf({ starts, ends }: PeriodOptions, { timeZone }: Product) {
  const startsAtMs = readBound("--starts", starts, timeZone, "start");
  const expiresAtMs = readBound("--ends", ends, timeZone, "end");
  if (startsAtMs === undefined && expiresAtMs === undefined) throw new CommandError("Give --starts or --ends.");
  return {
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  };
}

interface NewCodeOptions extends ListingOptions {
  readonly newCode?: string;
}

/** The code that is asked for, or the pattern by which one is drawn. */
function newCodeOf(tools: Tools, { newCode }: NewCodeOptions, { kind, stock }: Product): NewCode {
  if (newCode !== undefined) return newCode;
  if (stock !== null) return { randomDigits: stock.numberDigits };
  if (madeHere(tools).some((one) => one.kind === kind)) return { randomDigits: codeDigits };
  throw new CommandError("The codes of this product are not drawn: give one with --new-code.");
}

interface RedeemOptions extends ListingOptions {
  readonly count: string;
  readonly exit?: boolean;
  readonly at?: string;
}

interface UndoOptions extends ListingOptions {
  readonly reason: string;
  readonly use?: string;
}

interface TransferOptions extends NewCodeOptions {
  readonly to: string;
  readonly keepCode?: boolean;
}

type EntitlementAct = Extract<Act, { verb: ActName }>;
type ActName =
  | "redeem"
  | "undo"
  | "suspend"
  | "reinstate"
  | "extend"
  | "transfer"
  | "reissue"
  | "revoke"
  | "change_entitlement";

/** Carries out a command about the entitlement with this code, and shows how it is then. */
function act(
  tools: Tools,
  code: string,
  options: ListingOptions,
  commandFor: (found: Found) => EntitlementAct,
): Promise<void> {
  return withServices(tools, async (services) => {
    const found = await findEntitlement(services, code);
    const changed = accepted(await services.execute(commandFor(found)), sentences);
    await printEntitlement(tools, options, changed);
  });
}

interface IssueOptions extends PeriodOptions, OwnTermOptions {
  readonly product: string;
  readonly category?: string;
  readonly count?: string;
  readonly code?: readonly string[];
  readonly holder?: string;
}

/** `counterfoil entitlement issue` */
function issue(tools: Tools, options: IssueOptions): Promise<void> {
  const { category, count, code, holder = null, starts, ends } = options;
  const quantity = count === undefined ? {} : { quantity: readWhole("--count", count) };
  return withServices(tools, async (services) => {
    const { product } = await findProduct(services, "--product", options.product);
    requireMadeHere(tools, product);
    const period = starts === undefined && ends === undefined ? {} : periodOf(options, product);
    const command = {
      verb: "issue",
      productId: product.id,
      holder,
      code: code ?? { randomDigits: codeDigits },
      ...quantity,
      ...withoutNull(period),
      ...(category === undefined ? {} : { category }),
      ...withoutNull(ownTermsOf(options)),
    } as const;
    const issued = accepted(await services.execute(command), sentences);
    const all = [issued.entitlement, ...issued.others].map((one) => rowOf(issued.product, one, Date.now()));
    await printList(tools, options, [all], "");
  });
}

/** Ends with a sentence for a product whose entitlements another command makes. */
export function requireMadeHere(tools: Tools, { kind, name }: Product): void {
  if (madeHere(tools).some((one) => one.kind === kind)) return;
  throw new CommandError(`${name} has commands of its own: see "counterfoil --help".`);
}

/** Terms of a new entitlement: one that is taken away is not set. */
function withoutNull<Terms extends object>(terms: Terms): { readonly [Name in keyof Terms]: NonNullable<Terms[Name]> } {
  const set = Object.entries(terms).filter(([, value]) => value !== null);
  return Object.fromEntries(set) as { [Name in keyof Terms]: NonNullable<Terms[Name]> };
}
