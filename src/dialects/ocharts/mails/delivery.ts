import { isLive } from "../../../core/delivery.ts";
import { isMailAddress } from "../../../core/mailbox.ts";
import type { Task } from "../../../jobs/task.ts";
import { mailSettings } from "../../../mail/settings.ts";
import { mailTemplates } from "../../../mail/templates.ts";
import type { TaskServices } from "../../dialect.ts";

const templates = mailTemplates<{
  readonly organization: { readonly name: string };
  readonly product: { readonly name: string };
  /** How the holder is addressed; empty when unknown. */
  readonly holder: { readonly name: string };
  readonly edition: { readonly name: string };
  readonly system: { readonly name: string };
  /** Until when it can be downloaded, as ISO 8601 has it. */
  readonly delivery: { readonly expires_at: string };
}>(import.meta.url, "delivery");

/**
 * Tells the holder by mail that a delivery can be downloaded, as long as it can. When the process dies between the mail
 * server's yes and the end of the job, the mail is sent again, with the same Message-ID.
 */
export const mailDelivery: Task<
  Pick<TaskServices, "queries" | "mailer" | "clock" | "log">,
  { readonly deliveryId: number }
> = {
  name: "mail_delivery",
  crew: "mail",
  async run({ organizationId, deliveryId }, { signal }, { queries, mailer, clock, log }) {
    const details = await queries.deliveries.byId(organizationId, deliveryId);
    if (details === undefined || details.delivery.built === null || !isLive(details.delivery, clock())) return;
    const { delivery, product, edition, entitlement, device } = details;
    const names = { organizationId, deliveryId };
    const holder = entitlement.customer;
    if (holder === null || !isMailAddress(holder.name)) {
      log.warn(names, "that a delivery is ready cannot be mailed: the holder is not a single address");
      return;
    }
    const organization = await queries.organizations.byId(organizationId);
    const parts = await templates.fill({
      organization: { name: organization?.name ?? "" },
      holder: { name: holder.displayName },
      product: { name: product.name },
      edition: { name: edition.name },
      system: { name: device.name },
      delivery: { expires_at: new Date(details.delivery.built.expiresAtMs).toISOString() },
    });
    await mailer.send(
      {
        // With its time, since numbers begin anew in another database, whose mails must not pass for repetitions.
        name: `delivery-${organizationId}-${deliveryId}-${delivery.requestedAtMs}`,
        occurredAtMs: details.delivery.built.readyAtMs,
        from: mailSettings.read(organization?.settings).from,
        to: holder.name,
        ...parts,
      },
      signal,
    );
    log.info(names, "the mail that a delivery is ready was sent");
  },
};
