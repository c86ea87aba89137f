import type { SaleQueries } from "../../queries/sales.ts";
import type { Secrets } from "../secrets.ts";
import { type CardRow, cardColumns, toCard } from "../statements/cards.ts";
import { readRates } from "../statements/sales.ts";
import { type Runner, run } from "../statements/statement.ts";

type SaleRow = [
  email: string | null,
  organization: string,
  product: string,
  soldAtMs: number,
  mailedAtMs: number | null,
];

export function saleQueries(runner: Runner, secrets: Secrets): SaleQueries {
  return {
    async byId(organizationId, saleId) {
      const [sale] = await run<SaleRow>(
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
      const cards = rows.flatMap(([number, ...row]) => {
        const card = toCard(secrets, row);
        return card === undefined ? [] : [{ number, pin: card.pin, balance: card.balance }];
      });
      const [email, organizationName, productName, soldAtMs, mailedAtMs] = sale;
      return { saleId, email, organizationName, productName, soldAtMs, mailedAtMs, cards };
    },

    rates: (organizationId) => readRates(runner, organizationId),
  };
}
