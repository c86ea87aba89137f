import type { StockedCard } from "../../core/card.ts";
import type { ValueOf } from "../../core/command.ts";
import { convert, formatMoney, rateUnit, withoutTax } from "../../core/money.ts";
import type { PhoneDevice } from "../../core/phone-device.ts";
import type { Product, StockTerms } from "../../core/product.ts";
import { escapeText } from "../../wire/xml-write.ts";
import type { ErrorPlace } from "./errors.ts";

/**
 * Answers are laid out as the documentation's samples: one element a line, two blanks a level, elements in the order of
 * the documentation. No element has an attribute, and an empty element has both of its tags: clients read some
 * answers with regular expressions.
 */

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Elements by their names, in the order of the answer: each holds text, elements, or several groups of elements. */
interface Elements {
  readonly [name: string]: string | number | Elements | readonly Elements[];
}

/** Elements as lines, indented by `depth` levels. */
function lines(elements: Elements | readonly Elements[], depth: number): string {
  if (Array.isArray(elements)) return elements.map((group: Elements) => lines(group, depth)).join("");
  const indent = "  ".repeat(depth);
  let text = "";
  for (const [name, content] of Object.entries(elements)) {
    text +=
      typeof content === "object"
        ? `${indent}<${name}>\n${lines(content, depth + 1)}${indent}</${name}>\n`
        : `${indent}<${name}>${escapeText(String(content))}</${name}>\n`;
  }
  return text;
}

function document(root: Elements): string {
  return declaration + lines(root, 0);
}

/** The document of an error. No other code decides in which elements an error stands. */
export function errorDocument({ text: error, place }: { readonly text: string; readonly place: ErrorPlace }): string {
  switch (place) {
    case "status":
      return document({ status: { error } });
    case "card":
      return document({ page: { status: { error } } });
    case "device":
      return document({ page: { error } });
  }
}

/** A page with one list, written while its rows are read; an empty list is one empty element. */
export async function* listDocument<Row>(
  name: string,
  pages: AsyncIterable<readonly Row[]>,
  element: (row: Row) => Elements,
): AsyncGenerator<string> {
  yield `${declaration}<page>\n`;
  let isEmpty = true;
  for await (const page of pages) {
    yield (isEmpty ? `  <${name}>\n` : "") + lines(page.map(element), 2);
    isEmpty = false;
  }
  yield isEmpty ? `  <${name}/>\n</page>\n` : `  </${name}>\n</page>\n`;
}

export function deviceElement(device: PhoneDevice): Elements {
  return {
    device: {
      device_id: device.id,
      device_type: device.type,
      devicegroup_id: device.groupId ?? "",
      primary_device: device.isPrimary ? "yes" : "no",
      username: device.username,
      secret: device.secret,
      ipaddr: device.host,
      port: device.port ?? "",
    },
  };
}

/** The columns that the documentation lists and that are kept here, in its order. */
export function deviceDetailsDocument(device: PhoneDevice): string {
  return document({
    page: {
      id: device.id,
      name: device.username,
      host: device.host,
      secret: device.secret,
      ipaddr: device.host,
      port: device.port ?? "",
      callerid: device.callerId,
      username: device.username,
      device_type: device.type,
      user_id: device.customerId,
      devicegroup_id: device.groupId ?? "",
      description: device.description,
      codecs: { audio_codecs: "", video_codecs: "" },
    },
  });
}

export function soldDocument(cards: readonly StockedCard[]): string {
  return document({ page: { cards: cards.map(soldElement) } });
}

function soldElement({ entitlement, card }: StockedCard): Elements {
  const { pin, balance } = card;
  return {
    card: {
      pin,
      number: entitlement.code,
      balance_without_vat: formatMoney(balance),
      currency: balance.currency,
    },
  };
}

/** A product that is sold from stock. */
export type Group = Product & { readonly stock: StockTerms };

/** `free`: the cards that can be sold now. */
export function groupDocument({ name, description, stock }: Group, free: number): string {
  return document({
    page: {
      cardgroup: {
        name,
        // The spelling is the documentation's.
        iamge_link: stock.imageUrl,
        description,
        price: formatMoney(withoutTax(stock.price, stock.taxPpm)),
        price_with_tax: formatMoney(stock.price),
        currency: stock.price.currency,
        free_cards_size: free,
        pin_length: stock.secretDigits,
        number_length: stock.numberDigits,
      },
    },
  });
}

/** Tariffs and routes of calls are not kept here, so their elements are empty. */
export function groupElement({ id, name, description, stock, inStock, issued }: Group): Elements {
  return {
    cc_group: {
      group_id: id,
      group_image: stock.imageUrl,
      group_name: name,
      group_description: description,
      group_number_pin_length: `${stock.numberDigits}/${stock.secretDigits}`,
      // The spelling is the documentation's.
      group_tarrif: "",
      group_lcr: "",
      group_price: formatMoney(stock.price),
      group_price_without_tax: formatMoney(withoutTax(stock.price, stock.taxPpm)),
      group_cards_count: inStock + issued,
      group_currency: stock.price.currency,
    },
  };
}

/** A card with the name of its distributor; empty without one. */
export interface ListedCard extends StockedCard {
  readonly distributor: string;
}

export function cardElement({ entitlement, card, distributor }: ListedCard): Elements {
  const { details } = card;
  return {
    card: {
      card_id: entitlement.id,
      card_number: entitlement.code,
      card_name: details.name ?? "",
      card_pin: card.pin,
      card_batch_number: card.batch,
      card_callerid: details.callerId ?? "",
      card_balance: formatMoney(card.balance),
      card_minimal_balance: details.minimalBalance ?? "",
      card_first_use: entitlement.redemption === null ? "" : moment(entitlement.redemption.atMs),
      card_daily_charge_paid_till: "",
      card_sold: entitlement.inStock ? 0 : 1,
      card_language: details.language ?? "",
      card_distributor: distributor,
      card_currency: card.balance.currency,
    },
  };
}

/** A moment in UTC, as `2017-09-18 13:55:00`. */
function moment(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
}

export function createdDocument(made: number, asked: number): string {
  return document({ page: { status: `Cards created: ${made}/${asked}` } });
}

export function balanceDocument({ card: { balance } }: StockedCard): string {
  return document({ page: { calling_card: { balance: formatMoney(balance), currency: balance.currency } } });
}

/** The amount that was paid, and below it the amount that this made in the currency of the card. */
export function paymentDocument({ payment, product, before, after }: ValueOf<"top_up">): string {
  const { currency } = after.card.balance;
  const added = { minor: after.card.balance.minor - before.card.balance.minor, currency };
  return document({
    page: {
      status: { success: "Calling Card balance successfully updated" },
      calling_card_group: { name: product.name },
      calling_card: { number: after.entitlement.code },
      add_payment: {
        currency: payment.amount.currency,
        amount_with_tax: formatMoney(payment.amount),
        details: {
          current_balance: formatMoney(before.card.balance),
          converted_to: currency,
          exchange_rate: decimal(payment.rate),
          amount_with_tax: formatMoney(convert(payment.amount, payment.rate, rateUnit, currency)),
          amount_without_tax: formatMoney(added),
          new_balance: formatMoney(after.card.balance),
          description: payment.description,
        },
      },
    },
  });
}

/** A rate as a plain decimal: `0.73853104`, `1`. */
function decimal(rate: bigint): string {
  const fraction = String(rate % rateUnit)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${rate / rateUnit}${fraction === "" ? "" : `.${fraction}`}`;
}

/** The answer to a login or logout. `more` follows the name and the status. */
export function actionDocument(name: "login" | "logout", status: "ok" | "failed", more: Elements = {}): string {
  return document({ action: { name, status, ...more } });
}
