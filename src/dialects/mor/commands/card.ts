import type { Command } from "commander";
import { jsonOption, type ListingOptions, printList, printOne } from "../../../cli/listing.ts";
import { readWhole } from "../../../cli/read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import type { StockedCard } from "../../../core/card.ts";
import type { CommandOf } from "../../../core/command.ts";
import { formatMoney } from "../../../core/money.ts";
import { renewedPinDigits } from "../../../core/verbs/reverse.ts";
import { findGroup } from "./group-terms.ts";

const why = ["--why <text>", "the reason, for the payment and the log", ""] as const;

/** Cards as they are, and how what was paid for them is paid back. */
export function defineCards(card: Command, tools: Tools): void {
  card
    .command("show <number>")
    .description("show a card, without its pin")
    .option(...jsonOption)
    .action((number: string, options: ListingOptions) => showCard(tools, number, options));
  card
    .command("payments <number>")
    .description("list what was paid for a card, and paid back; times are in UTC")
    .option(...jsonOption)
    .action((number: string, options: ListingOptions) => listPayments(tools, number, options));
  card
    .command("void <number>")
    .description("undo the sale of a card: it is in stock again with its pin, and paid back")
    .option(...why)
    .addHelpText("after", "\nExample:\n  counterfoil card void 6000000001 --why mistaken")
    .action((number: string, options: { why: string }) => voidCard(tools, number, options));
  card
    .command("return <number>")
    .description("take a card back and pay it back: it is in stock again, with a new pin if the group says so")
    .option("--end", "it ends, and is not sold again")
    .option(...why)
    .action((number: string, options: { why: string; end?: boolean }) => returnCard(tools, number, options));
  card
    .command("refund <number>")
    .description("pay a card back; it ends")
    .option("--keep", "the buyer keeps it, with what is on it")
    .option(...why)
    .action((number: string, options: { why: string; keep?: boolean }) => refundCard(tools, number, options));
  card
    .command("undo-top-up <number>")
    .description("take one top-up off a card again, and pay it back")
    .requiredOption("--payment <number>", "the top-up, by its number; card payments lists them")
    .option(...why)
    .action((number: string, options: { why: string; payment: string }) => undoTopUp(tools, number, options));
}

/** The card of this number; ends with a sentence when there is none. */
async function findCard({ queries, organizationId }: CommandServices, number: string): Promise<StockedCard> {
  const found = await queries.cards.byNumber(organizationId, number);
  if (found !== undefined) return found;
  throw new CommandError(`There is no card ${number}.`);
}

function showCard(tools: Tools, number: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { entitlement, card } = await findCard(services, number);
    printOne(tools, options, {
      number,
      group: entitlement.productId,
      state: entitlement.revokedAtMs !== null ? "ended" : entitlement.inStock ? "in stock" : "sold",
      balance: formatMoney(card.balance),
      currency: card.balance.currency,
      batch: card.batch || null,
      buyer: entitlement.customer?.name ?? null,
      used: entitlement.redemption === null ? null : new Date(entitlement.redemption.atMs).toISOString(),
    });
  });
}

function listPayments(tools: Tools, number: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    await findCard(services, number);
    const operators = await queries.operators.all(organizationId);
    const payments = await queries.sales.paymentsOf(organizationId, number);
    const rows = payments.map(({ id, saleId, resellerId, channel, amount, tax, paidAtMs, reverses, description }) => ({
      number: id,
      at: new Date(paidAtMs).toISOString(),
      for: saleId === null ? "top-up" : `sale ${saleId}`,
      amount: formatMoney(amount),
      tax: formatMoney(tax),
      currency: amount.currency,
      reseller: operators.find((one) => one.id === resellerId)?.login ?? resellerId,
      channel,
      reverses,
      description,
    }));
    await printList(tools, options, [rows], `Nothing was paid for the card ${number}.`);
  });
}

type Reversal = CommandOf<"void_sale"> | CommandOf<"return_card"> | CommandOf<"refund_card"> | CommandOf<"undo_top_up">;

function voidCard(tools: Tools, number: string, { why: description }: { readonly why: string }): Promise<void> {
  return withServices(tools, async (services) => {
    const { productId } = (await findCard(services, number)).entitlement;
    await reverse(tools, services, { verb: "void_sale", productId, number, description }, "is in stock again");
  });
}

function returnCard(
  tools: Tools,
  number: string,
  { why: description, end = false }: { readonly why: string; readonly end?: boolean },
): Promise<void> {
  return withServices(tools, async (services) => {
    const { productId } = (await findCard(services, number)).entitlement;
    const secretDigits = end ? 0 : renewedPinDigits(await findGroup(services, productId));
    const command = { verb: "return_card", productId, number, toStock: !end, secretDigits, description } as const;
    const pin = secretDigits === 0 ? "" : ", with a new pin";
    await reverse(tools, services, command, end ? "has ended" : `is in stock again${pin}`);
  });
}

function refundCard(
  tools: Tools,
  number: string,
  { why: description, keep = false }: { readonly why: string; readonly keep?: boolean },
): Promise<void> {
  return withServices(tools, async (services) => {
    const { productId } = (await findCard(services, number)).entitlement;
    const command = { verb: "refund_card", productId, number, isKept: keep, description } as const;
    await reverse(tools, services, command, keep ? "stays with its buyer" : "has ended");
  });
}

function undoTopUp(
  tools: Tools,
  number: string,
  { why: description, payment }: { readonly why: string; readonly payment: string },
): Promise<void> {
  const paymentId = readWhole("--payment", payment);
  return withServices(tools, async (services) => {
    const { productId } = (await findCard(services, number)).entitlement;
    await reverse(tools, services, { verb: "undo_top_up", productId, number, paymentId, description }, "stays sold");
  });
}

/** Carries a reversal out, and says what was paid back and what became of the card. */
async function reverse(tools: Tools, { execute }: CommandServices, command: Reversal, fate: string): Promise<void> {
  const { number } = command;
  const { payment, after } = accepted(await execute(command), {
    already_redeemed: `The card ${number} was used, so it is not sold again. "counterfoil card refund" pays it back.`,
    entitlement_revoked: `The card ${number} has ended.`,
    not_sold: `The card ${number} is in stock: nothing was paid for it, or it was paid back.`,
    not_paid:
      command.verb === "undo_top_up"
        ? `The card ${number} has no top-up ${command.paymentId}, or it was undone. "counterfoil card payments ${number}" lists all.`
        : `Nothing that was paid for the card ${number} is left to be paid back.`,
    topped_up: `The card ${number} was topped up. "counterfoil card payments ${number}" lists the top-ups, and "counterfoil card undo-top-up" undoes one.`,
  });
  const paidBack = formatMoney({ ...payment.amount, minor: -payment.amount.minor });
  const { balance } = after.card;
  tools.print(
    `paid back ${paidBack} ${payment.amount.currency} with payment ${payment.id}, which reverses ${payment.reverses}`,
  );
  tools.print(`card ${number} ${fate}, with ${formatMoney(balance)} ${balance.currency} on it`);
}
