import type { Logger } from "pino";
import { isMailAddress } from "../core/mailbox.ts";
import type { Reader } from "../engine/reader.ts";
import type { Mailer } from "../mail/mailer.ts";
import { mailSettings } from "./mail-settings.ts";
import { createMailTemplates, type MailData } from "./mail-templates.ts";
import type { Task } from "./task.ts";

interface Services {
  readonly reader: Pick<Reader, "issued" | "organizationById">;
  readonly mailer: Mailer;
  readonly log: Logger;
}

const templates = createMailTemplates();

/**
 * Mails licences to their holder. What was revoked meanwhile is left out. When the process dies between the mail
 * server's yes and the end of the job, the mail is sent again, with the same Message-ID.
 */
export const mailLicenses: Task<Services, { readonly entitlementIds: readonly number[] }> = {
  name: "mail_licenses",
  crew: "mail",
  async run({ organizationId, entitlementIds }, { signal }, { reader, mailer, log }) {
    const licenses = await reader.issued(organizationId, entitlementIds);
    const [first] = licenses;
    const holder = first?.entitlement.customer;
    if (first === undefined || holder == null) return;
    const names = { organizationId, first: first.entitlement.id, count: licenses.length };
    if (!isMailAddress(holder.name)) {
      log.warn(names, "licences cannot be mailed: the holder is not a single address");
      return;
    }
    const organization = await reader.organizationById(organizationId);
    const data: MailData["licenses"] = {
      organization: { name: organization?.name ?? "" },
      product: { name: first.product.name, slots: first.product.slots },
      holder: { name: holder.displayName },
      licenses: licenses.map(({ entitlement }) => ({ key: entitlement.code })),
    };
    const { from } = mailSettings.read(organization?.settings);
    await mailer.send(
      {
        // With its time, since numbers begin anew in another database, whose mails must not pass for repetitions.
        name: `licenses-${organizationId}-${first.entitlement.id}-${first.entitlement.issuedAtMs}`,
        occurredAtMs: first.entitlement.issuedAtMs,
        ...(from === undefined ? {} : { from }),
        to: holder.name,
        subject: await templates.renderDefault("licenses", "subject", data),
        text: await templates.renderDefault("licenses", "text", data),
        html: await templates.renderDefault("licenses", "html", data),
      },
      signal,
    );
    log.info(names, "the mail with licences was sent");
  },
};
