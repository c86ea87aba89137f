import type { Logger } from "pino";
import { isLive } from "../core/delivery.ts";
import { isMailAddress } from "../core/mailbox.ts";
import type { Reader } from "../engine/reader.ts";
import type { Mailer } from "../mail/mailer.ts";
import { mailSettings } from "./mail-settings.ts";
import { createMailTemplates, type MailData } from "./mail-templates.ts";
import type { Task } from "./task.ts";

interface Services {
  readonly reader: Pick<Reader, "delivery" | "organizationById">;
  readonly mailer: Mailer;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Logger;
}

const templates = createMailTemplates();

/**
 * Tells the holder by mail that a delivery can be downloaded, as long as it can. When the process dies between the mail
 * server's yes and the end of the job, the mail is sent again, with the same Message-ID.
 */
export const mailDelivery: Task<Services, { readonly deliveryId: number }> = {
  name: "mail_delivery",
  crew: "mail",
  async run({ organizationId, deliveryId }, { signal }, { reader, mailer, clock, log }) {
    const details = await reader.delivery(organizationId, deliveryId);
    if (details === undefined || details.delivery.built === null || !isLive(details.delivery, clock())) return;
    const { delivery, product, edition, entitlement, device } = details;
    const names = { organizationId, deliveryId };
    const holder = entitlement.customer;
    if (holder === null || !isMailAddress(holder.name)) {
      log.warn(names, "that a delivery is ready cannot be mailed: the holder is not a single address");
      return;
    }
    const organization = await reader.organizationById(organizationId);
    const data: MailData["delivery"] = {
      organization: { name: organization?.name ?? "" },
      holder: { name: holder.displayName },
      product: { name: product.name },
      edition: { name: edition.name },
      system: { name: device.name },
      delivery: { expires_at: new Date(details.delivery.built.expiresAtMs).toISOString() },
    };
    const { from } = mailSettings.read(organization?.settings);
    await mailer.send(
      {
        // With its time, since numbers begin anew in another database, whose mails must not pass for repetitions.
        name: `delivery-${organizationId}-${deliveryId}-${delivery.requestedAtMs}`,
        occurredAtMs: details.delivery.built.readyAtMs,
        ...(from === undefined ? {} : { from }),
        to: holder.name,
        subject: await templates.renderDefault("delivery", "subject", data),
        text: await templates.renderDefault("delivery", "text", data),
        html: await templates.renderDefault("delivery", "html", data),
      },
      signal,
    );
    log.info(names, "the mail that a delivery is ready was sent");
  },
};
