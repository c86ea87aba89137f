import type { SaleQueries, SoldCard, SoldCards } from "../../queries/sales.ts";
import type { Secrets } from "../secrets.ts";
import { type CardRow, cardColumns, toCard } from "../statements/cards.ts";
import { readRates } from "../statements/sales.ts";
import { type Runner, run } from "../statements/statement.ts";

export function saleQueries(runner: Runner, secrets: Secrets): SaleQueries {
  return {
    byId: (organizationId, saleId) => readSale(runner, secrets, organizationId, saleId),
    rates: (organizationId) => readRates(runner, organizationId),
  };
}

/** A sale with the cards that were sold, the lowest number first. */
async function readSale(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  saleId: number,
): Promise<SoldCards | undefined> {
  const [sale] = await run<
    [email: string | null, organization: string, product: string, soldAtMs: number, mailedAtMs: number | null]
  >(
    runner,
    "read_sale",
    `select s.email, o.name, p.name, s.sold_at, s.mailed_at
     from sale s
     join organization o on o.id = s.organization_id
     join product p on p.organization_id = s.organization_id and p.id = s.product_id
     where s.organization_id = $1 and s.id = $2`,
    [organizationId, saleId],
  );
  if (sale === undefined) return undefined;
  const rows = await run<[code: string, ...card: CardRow]>(
    runner,
    "read_sold_cards",
    `select e.code, ${cardColumns}
     from payment y join entitlement e on e.organization_id = y.organization_id and e.id = y.entitlement_id
     where y.organization_id = $1 and y.sale_id = $2
     order by e.code_number, e.code`,
    [organizationId, saleId],
  );
  const cards = rows.flatMap(([number, ...row]): SoldCard[] => {
    const card = toCard(secrets, row);
    if (card === undefined) return [];
    return [{ number, pin: card.pin, balance: card.balance }];
  });
  const [email, organizationName, productName, soldAtMs, mailedAtMs] = sale;
  return { saleId, email, organizationName, productName, soldAtMs, mailedAtMs, cards };
}
