import { missingCurrency } from "../../../cli/currency.ts";
import { findReseller } from "../../../cli/operator.ts";
import { readGivenNumber } from "../../../cli/read-option.ts";
import { CommandError, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { isCurrency, parseMoney, taxUnit } from "../../../core/money.ts";
import type { Refusal } from "../../../core/refusal.ts";

/** The options of `counterfoil group add`. */
export interface GroupOptions {
  readonly price: string;
  readonly currency: string;
  readonly tax: string;
  readonly numberDigits: string;
  readonly pinDigits: string;
  readonly owner?: string;
  readonly id?: string;
}

/** `counterfoil group add NAME`: a group of cards to be sold from stock; `stock add` fills it. */
export function addGroup(tools: Tools, name: string, options: GroupOptions): Promise<void> {
  const currency = options.currency.toUpperCase();
  if (!isCurrency(currency)) throw new CommandError(`--currency "${options.currency}" is no currency, like EUR.`);
  const price = parseMoney(options.price, currency);
  if (price === undefined || price.minor < 0n) {
    throw new CommandError(`--price "${options.price}" is no amount in ${currency}, like 12.40.`);
  }
  if (!/^\d{1,3}(?:\.\d{1,4})?$/.test(options.tax)) {
    throw new CommandError(`--tax "${options.tax}" is no percentage, like 24 or 25.5.`);
  }
  const taxPpm = Math.round((Number(options.tax) * Number(taxUnit)) / 100);
  const [numberDigits, secretDigits] = [Number(options.numberDigits), Number(options.pinDigits)];
  const given = readGivenNumber(options.id);
  return withServices(tools, async (services) => {
    const { execute, queries, organizationId } = services;
    const rates = await queries.sales.rates(organizationId);
    // In a currency without a rate, cards could be sold but never topped up.
    if (rates?.rate.has(currency) !== true) throw new CommandError(missingCurrency(currency));
    const owner = options.owner === undefined ? null : await findReseller(services, options.owner);
    const outcome = await execute({
      verb: "create_product",
      kind: "card_group",
      ...given,
      terms: { name, description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
      stock: { ownerId: owner?.id ?? null, price, taxPpm, numberDigits, secretDigits, imageUrl: "" },
    });
    if (outcome.ok) return tools.print(`group ${outcome.value.product.id}`);
    throw new CommandError(
      sentences[outcome.refusal] ?? `The group cannot be made: ${outcome.refusal.replaceAll("_", " ")}.`,
    );
  });
}

const sentences: Partial<Record<Refusal, string>> = {
  operator_not_found: "The reseller was removed meanwhile.",
  code_invalid: "Numbers have 1 to 19 digits and pins 0 to 30.",
  product_id_taken: "This number is taken: by another group, or by something else that is sold.",
};
