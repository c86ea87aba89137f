import { slotsOf } from "../../../core/entitlement.ts";
import { isMailAddress } from "../../../core/mailbox.ts";
import type { Task } from "../../../jobs/task.ts";
import { mailSettings } from "../../../mail/settings.ts";
import { mailTemplates } from "../../../mail/templates.ts";
import type { TaskServices } from "../../dialect.ts";

const templates = mailTemplates<{
  readonly organization: { readonly name: string };
  /** `slots`: machines on which one licence works at once. */
  readonly product: { readonly name: string; readonly slots: number };
  /** How the holder is addressed; empty when unknown. */
  readonly holder: { readonly name: string };
  readonly licenses: readonly { readonly key: string }[];
}>(import.meta.url, "licenses");

/**
 * Mails licences to their holder, without the ones that were revoked meanwhile. When the process dies between the
 * mail server's yes and the end of the job, the mail is sent again, with the same Message-ID.
 */
export const mailLicenses: Task<
  Pick<TaskServices, "queries" | "mailer" | "log">,
  { readonly entitlementIds: readonly number[] }
> = {
  name: "mail_licenses",
  crew: "mail",
  async run({ organizationId, entitlementIds }, { signal }, { queries, mailer, log }) {
    const licenses = await queries.entitlements.issued(organizationId, entitlementIds);
    const [first] = licenses;
    const holder = first?.entitlement.customer;
    if (first === undefined || holder == null) return;
    const names = { organizationId, first: first.entitlement.id, count: licenses.length };
    if (!isMailAddress(holder.name)) {
      log.warn(names, "licences cannot be mailed: the holder is not a single address");
      return;
    }
    const organization = await queries.organizations.byId(organizationId);
    const parts = await templates.fill({
      organization: { name: organization?.name ?? "" },
      product: { name: first.product.name, slots: slotsOf(first.product, first.entitlement) },
      holder: { name: holder.displayName },
      licenses: licenses.map(({ entitlement }) => ({ key: entitlement.code })),
    });
    await mailer.send(
      {
        // Numbers begin anew in another database. The time keeps its mails from passing for repetitions.
        name: `licenses-${organizationId}-${first.entitlement.id}-${first.entitlement.issuedAtMs}`,
        occurredAtMs: first.entitlement.issuedAtMs,
        from: mailSettings.read(organization?.settings).from,
        to: holder.name,
        ...parts,
      },
      signal,
    );
    log.info(names, "the mail with licences was sent");
  },
};
