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
  /** The end of the time for the download, in ISO 8601. */
  readonly delivery: { readonly expires_at: string };
}>(import.meta.url, "delivery");

/**
 * Mails the holder that a delivery can be downloaded, unless it has expired. When the process dies after the mail
 * server accepted the mail and before the job ends, the mail is sent again, with the same Message-ID.
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
        // Numbers begin anew in another database. The time keeps its mails from passing for repetitions.
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
