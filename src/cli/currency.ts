import { formatRate, isCurrency, parseRate } from "../core/money.ts";
import type { Rates } from "../core/sale.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil currency list`: the currencies in which the organization sells and is paid, with their rates. */
export function listCurrencies(tools: Tools): Promise<void> {
  return withServices(tools, (services) => printCurrencies(tools, services));
}

async function printCurrencies(tools: Tools, services: CommandServices): Promise<void> {
  const { byDefault, rate } = await ratesOf(services);
  for (const [code, one] of [...rate].sort()) {
    tools.print(code === byDefault ? `${code}  default` : `${code}  ${formatRate(one)} make 1 ${byDefault}`);
  }
}

/** `counterfoil currency add CODE --rate RATE`: one more currency. */
export function addCurrency(tools: Tools, text: string, options: { readonly rate: string }): Promise<void> {
  return putRate(tools, text, options.rate, true);
}

/** `counterfoil currency set CODE --rate RATE`: another rate, for what is paid from then on. */
export function setCurrency(tools: Tools, text: string, options: { readonly rate: string }): Promise<void> {
  return putRate(tools, text, options.rate, false);
}

/** `counterfoil currency default CODE`: another default, in which the rates of all others are told from then on. */
export function setDefaultCurrency(tools: Tools, text: string): Promise<void> {
  const code = text.toUpperCase();
  return withServices(tools, async (services) => {
    accepted(await services.execute({ verb: "change_default_currency", code }), {
      currency_not_found: missingCurrency(code),
      amount_invalid: `The rate of a currency would have too many digits, told in ${code}.`,
    });
    await printCurrencies(tools, services);
  });
}

/** The sentence that says how to get a currency that the organization does not have. */
export function missingCurrency(code: string): string {
  return `The organization does not have ${code}. "counterfoil currency add ${code} --rate RATE" gives it one.`;
}

async function putRate(tools: Tools, text: string, rateText: string, isNew: boolean): Promise<void> {
  const code = text.toUpperCase();
  if (!isCurrency(code)) throw new CommandError(`"${text}" is no currency, like USD.`);
  const rate = parseRate(rateText);
  if (rate === undefined) {
    throw new CommandError(
      `--rate "${rateText}" is no rate, like 1.08: above 0, and at most nine digits behind the point.`,
    );
  }
  return withServices(tools, async (services) => {
    accepted(await services.execute({ verb: "change_currency", code, rate, isNew }), {
      currency_exists: `There is ${code} already. "counterfoil currency set" changes its rate.`,
      currency_not_found: missingCurrency(code),
      default_currency: `${code} is the default: the rates of all others are told in it.`,
    });
    tools.print(`${code}  ${formatRate(rate)} make 1 ${(await ratesOf(services)).byDefault}`);
  });
}

async function ratesOf({ queries, organizationId }: CommandServices): Promise<Rates> {
  const rates = await queries.sales.rates(organizationId);
  if (rates === undefined) throw new Error("the organization has no currency");
  return rates;
}
