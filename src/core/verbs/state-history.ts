import { afterUse, isHonouredOnce, usageOf } from "../admission.ts";
import { bindingsOf, holdingOf, holdings } from "../binding.ts";
import { deliveriesOf } from "../delivery.ts";
import {
  type Entitlement,
  entitlements,
  missing,
  type ProductEntitlement,
  type Redemption,
  replacedCodes,
} from "../entitlement.ts";
import { aboutEntitlement, type Plain } from "../log-entry.ts";
import { formatMoney, type Money, rateUnit, withoutTax } from "../money.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { type Payment, payments, type Sale, sales } from "../sale.ts";
import { type Effect, put } from "../state.ts";
import { type Use, uses, usesMaxMax } from "../use.ts";
import { accept, type Context, refuse, verb } from "../verb.ts";
import { ending } from "./deliveries.ts";

/** What happened to an entitlement on another server. Absent members: it did not happen. */
interface StateHistory extends ProductNamed {
  readonly code: string;
  /** When it was sold from stock. */
  readonly soldAtMs?: number;
  /** What was paid then, with tax, in the currency of the product. When absent, no sale and no payment is recorded. */
  readonly paid?: Money;
  /** When it was honoured. */
  readonly redeemedAtMs?: number;
  /** How many of its uses were spent until then, where it has several; one when absent. */
  readonly uses?: number;
  /** When it was ended for good. */
  readonly revokedAtMs?: number;
}

/**
 * States what happened to an entitlement on another server, before it came to this one: nobody is mailed, nobody is let
 * in, and no time of a product is looked at. What has happened here cannot be stated again.
 * `occurred_at_impossible`: a time lies ahead, or the times are not in the order of a sale, a use and an end.
 */
export const stateHistory = verb<StateHistory, ProductEntitlement>()({
  name: "state_history",
  permission: "manage_entitlements",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "quantity_invalid",
    "amount_invalid",
    "occurred_at_impossible",
    "entitlement_revoked",
    "already_redeemed",
    "already_sold",
    "not_sold",
  ],
  logs: ["entitlement_history_stated"],

  needs: ({ productId, code, paid }) => ({
    lock: [products.at(productId), entitlements.at(code), deliveriesOf.at(code)],
    read: [holdingOf.at(code), replacedCodes.at(code)],
    fresh:
      paid === undefined
        ? []
        : [
            [sales, 1],
            [payments, 1],
          ],
  }),

  decide(state, command, { nowMs, fresh }) {
    const before = namedProduct(state, command);
    if (before === undefined) return refuse("product_not_found");
    const found = state.get(entitlements, command.code);
    if (found?.productId !== before.id) return refuse(missing(state, command));
    const { soldAtMs, paid, redeemedAtMs, revokedAtMs } = command;
    const isHonoured = redeemedAtMs !== undefined;
    const { uses: count = 1 } = command;
    const refusal = strongest([
      !isCount(count, found.usesMax ?? before.uses.max) && "quantity_invalid",
      paid !== undefined && (soldAtMs === undefined || !isPrice(paid, before)) && "amount_invalid",
      !isHistory([soldAtMs, redeemedAtMs ?? found.redemption?.atMs, revokedAtMs], nowMs) && "occurred_at_impossible",
      found.revokedAtMs !== null && "entitlement_revoked",
      isHonoured && (found.redemption !== null || found.usage !== null) && "already_redeemed",
      soldAtMs !== undefined && !found.inStock && "already_sold",
      isHonoured && soldAtMs === undefined && found.inStock && "not_sold",
    ]);
    if (refusal !== undefined) return refuse(refusal);

    const isSold = soldAtMs !== undefined;
    const isEnded = revokedAtMs !== undefined;
    const spent = isHonoured && !isHonouredOnce(before, found) ? useElsewhere(found, redeemedAtMs, count, nowMs) : null;
    const entitlement: Entitlement = {
      ...found,
      inStock: found.inStock && !isSold && !isEnded,
      redemption: isHonoured ? elsewhere(redeemedAtMs) : found.redemption,
      // Whether its holder was inside there does not matter here.
      usage:
        spent === null
          ? found.usage
          : { ...afterUse(before, usageOf(before, found), spent), recorded: 1, inside: false },
      revokedAtMs: revokedAtMs ?? null,
    };
    const product = withPlaces(before, found, entitlement);
    const payment = isSold && paid !== undefined ? paymentOf(entitlement, before, paid, soldAtMs, fresh) : [];
    const isHeld = isEnded && bindingsOf(state, command.code).length > 0;
    return accept(
      { product, entitlement },
      [
        put(products, product),
        put(entitlements, entitlement),
        ...(spent === null ? [] : [put(uses, spent)]),
        ...payment,
        ...(isHeld ? [put(holdings, { entitlementId: entitlement.id, bindings: [] })] : []),
        ...(isEnded ? ending(state.find(deliveriesOf, command.code), nowMs) : []),
      ],
      [{ ...aboutEntitlement("entitlement_history_stated", entitlement, nowMs), detail: detailOf(command) }],
    );
  },
});

/** Whether these times lie behind, and follow one another. */
function isHistory(times: readonly (number | undefined)[], nowMs: number): boolean {
  const stated = times.filter((atMs) => atMs !== undefined);
  return stated.every((atMs, index) => atMs <= nowMs && atMs >= (stated[index - 1] ?? atMs));
}

function isPrice({ minor, currency }: Money, { stock }: Product): boolean {
  return minor >= 0n && currency === stock?.price.currency;
}

/** A use on another server: by nobody whom this one knows. */
function elsewhere(atMs: number): Redemption {
  return { atMs, reportedAtMs: null, accessKeyId: null, operatorId: null, gateId: null, address: null };
}

/** The row of such a use, where an entitlement may have several. */
function useElsewhere({ id, productId }: Entitlement, atMs: number, count: number, nowMs: number): Use {
  const of = { productId, entitlementId: id, number: 1, recordedAtMs: nowMs };
  return { ...elsewhere(atMs), ...of, direction: "entry", count, refusal: null, answer: null, undoneAtMs: null };
}

function isCount(count: number, max: number | null): boolean {
  return Number.isInteger(count) && count >= 1 && count <= (max ?? usesMaxMax);
}

/** The product after an entitlement left its stock, or gave back a place that was not used. */
function withPlaces(product: Product, before: Entitlement, after: Entitlement): Product {
  const placesOf = ({ inStock, revokedAtMs, redemption }: Entitlement) =>
    inStock || (revokedAtMs !== null && redemption === null) ? 0 : 1;
  const left = before.inStock && !after.inStock ? 1 : 0;
  const issued = product.issued + placesOf(after) - placesOf(before);
  return { ...product, issued, inStock: product.inStock - left };
}

function paymentOf(
  { id: entitlementId }: Entitlement,
  { id: productId, stock }: Product,
  amount: Money,
  paidAtMs: number,
  fresh: Context["fresh"],
): readonly Effect[] {
  const sale: Sale = {
    id: fresh(sales),
    productId,
    email: null,
    channel: "history",
    operatorId: null,
    soldAtMs: paidAtMs,
    reference: null,
  };
  const tax = { ...amount, minor: amount.minor - withoutTax(amount, stock?.taxPpm ?? 0).minor };
  const payment: Payment = {
    id: fresh(payments),
    saleId: sale.id,
    entitlementId,
    productId,
    resellerId: stock?.ownerId ?? null,
    channel: sale.channel,
    amount,
    tax,
    commission: { ...amount, minor: 0n },
    credited: 0n,
    rate: rateUnit,
    description: "",
    paidAtMs,
    reverses: null,
  };
  return [put(sales, sale), put(payments, payment)];
}

function detailOf({ soldAtMs, paid, redeemedAtMs, revokedAtMs }: StateHistory): Readonly<Record<string, Plain>> {
  const times = Object.entries({ sold: soldAtMs, redeemed: redeemedAtMs, revoked: revokedAtMs });
  return {
    ...Object.fromEntries(
      times.flatMap(([name, atMs]) => (atMs === undefined ? [] : [[name, new Date(atMs).toISOString()]])),
    ),
    ...(paid === undefined ? {} : { paid: `${formatMoney(paid)} ${paid.currency}` }),
  };
}
