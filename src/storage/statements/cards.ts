import type { Card, CardDetails } from "../../core/card.ts";
import { pinPurpose } from "../nouns/pin.ts";
import type { Secrets } from "../secrets.ts";
import type { EntitlementRow } from "./entitlements.ts";

export const cardColumns = "e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details";
export type CardRow = [
  sealed: Buffer | null,
  balanceMinor: string | null,
  currency: string | null,
  batch: string | null,
  details: CardDetails | null,
];

/** A row without a balance is no card. */
export function toCard(secrets: Secrets, row: CardRow): Card | undefined {
  const [sealed, balanceMinor, currency, batch, details] = row;
  if (balanceMinor === null || currency === null) return undefined;
  return {
    pin: sealed === null ? "" : secrets.open(sealed, pinPurpose),
    balance: { minor: BigInt(balanceMinor), currency },
    batch: batch ?? "",
    details: details ?? {},
  };
}

export type StockedCardRow = [...EntitlementRow, ...CardRow];
