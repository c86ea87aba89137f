import { isMailAddress } from "../../../core/mailbox.ts";
import { formatMoney } from "../../../core/money.ts";
import { JobFailure } from "../../../jobs/failure.ts";
import type { Task } from "../../../jobs/task.ts";
import type { MailMessage } from "../../../mail/mailer.ts";
import { mailSettings } from "../../../mail/settings.ts";
import type { SoldCards } from "../../../queries/sales.ts";
import type { TaskServices } from "../../dialect.ts";
import { saleTemplates, templateSettings } from "./templates.ts";

type Services = Pick<TaskServices, "queries" | "administration" | "mailer" | "log">;

/**
 * Mails the cards of a sale to its buyer, once: a sale whose mail was sent is left alone. When the process dies after
 * the mail server accepted the mail and before this is noted, the mail is sent again, with the same Message-ID.
 */
export const mailSale: Task<Services, { readonly saleId: number }> = {
  name: "mail_sale",
  crew: "mail",
  async run({ organizationId, saleId }, { signal }, services) {
    const { queries, administration, mailer, log } = services;
    const sale = await queries.sales.byId(organizationId, saleId);
    if (sale === undefined || sale.mailedAtMs !== null || sale.email === null) return;
    // All cards were taken back meanwhile. Another buyer may have them, with the same pins.
    if (sale.cards.length === 0) return;
    const names = { organizationId, saleId };
    if (!isMailAddress(sale.email)) {
      const reason = "the buyer's e-mail is not a single address";
      log.warn({ ...names, reason }, "the mail of a sale can never be sent");
      await administration.noteMailFailure(organizationId, saleId, reason);
      return;
    }
    try {
      await mailer.send(await compose(services, organizationId, sale, sale.email), signal);
    } catch (error) {
      if (error instanceof JobFailure) await noteFailure(services, names, error.message);
      throw error;
    }
    await administration.markMailed(organizationId, saleId);
    log.info(names, "the mail of a sale was sent");
  },
};

async function compose(
  { queries, log }: Services,
  organizationId: number,
  sale: SoldCards,
  to: string,
): Promise<MailMessage> {
  const settings = (await queries.organizations.byId(organizationId))?.settings;
  const data = {
    organization: { name: sale.organizationName },
    product: { name: sale.productName },
    sale: { number: sale.saleId, at: new Date(sale.soldAtMs).toISOString() },
    cards: sale.cards.map(({ number, pin, balance }) => {
      return { number, pin, balance: formatMoney(balance), currency: balance.currency };
    }),
  };
  const parts = await saleTemplates.fill(data, templateSettings.read(settings), (part) =>
    log.warn({ organizationId, template: `mail.${part}` }, "a template is broken; the default one is used instead"),
  );
  return {
    // Numbers begin anew in another database. The time keeps its mails from passing for repetitions.
    name: `sale-${organizationId}-${sale.saleId}-${sale.soldAtMs}`,
    occurredAtMs: sale.soldAtMs,
    from: mailSettings.read(settings).from,
    to,
    ...parts,
  };
}

/** Notes why the mail failed. If that fails, too, the log has the reason, and the job still fails for the mail. */
async function noteFailure(
  { administration, log }: Services,
  names: { organizationId: number; saleId: number },
  reason: string,
): Promise<void> {
  await administration.noteMailFailure(names.organizationId, names.saleId, reason).catch((error) => {
    log.warn({ ...names, reason: String(error) }, "why a mail was not sent could not be noted down");
  });
}
