import { type DeliveryFormat, DeliveryImpossible } from "../../content/delivery-format.ts";
import { dayMs } from "../../core/day.ts";
import { unitOfCode } from "../../kinds/chart/unit-code.ts";
import { userKeyOf } from "../../kinds/chart/user-key.ts";
import type { DeliveryDetails } from "../../queries/deliveries.ts";
import type { Organization } from "../../queries/organizations.ts";
import { chartInfoOf, chartInfoPath } from "./chart-info.ts";
import { mailDelivery } from "./mails/delivery.ts";
import { makePermit, type PermitFields } from "./permit.ts";
import { settings } from "./settings.ts";
import { zipNameOf } from "./zip-name.ts";

/** Chart sets: the edition with the user's key in `Chartinfo.txt`, and a signed permit beside it. */
export const chartSets: DeliveryFormat = {
  kind: "chart",
  mailTask: mailDelivery.name,
  keptMs: (values) => settings.read(values).deliveryDays * dayMs,
  zipName: zipNameOf,
  async extras(details, { organization, readOriginal, signingKey, keyedHash }) {
    const { id: deviceId, customerId } = details.device;
    const userKey = userKeyOf({ organizationId: organization.id, customerId, deviceId }, keyedHash);
    const original = await readOriginal(chartInfoPath);
    const permit = makePermit(permitOf(organization, details), await signingKey());
    return [
      { path: chartInfoPath, content: chartInfoOf(original, details, userKey) },
      { path: "permit.json", content: permit.json },
      { path: "permit.json.sig", content: permit.signature },
    ];
  },
};

function permitOf(organization: Organization, details: DeliveryDetails): PermitFields {
  const { delivery, product, edition, entitlement, device, fingerprintHash } = details;
  if (fingerprintHash === null) {
    throw new DeliveryImpossible(
      "Nothing: the device was freed from its machine. When a machine takes its name, it can be requested again.",
    );
  }
  const unit = unitOfCode(entitlement.code);
  return {
    organization: organization.name,
    customer: entitlement.customer?.name ?? "",
    system: device.name,
    fingerprintHash,
    product: { number: String(product.id), name: product.name },
    order: unit?.order ?? entitlement.code,
    quantity: String(unit?.quantityId ?? 1),
    edition: edition.name,
    expiresAtMs: entitlement.expiresAtMs,
    issuedAtMs: delivery.requestedAtMs,
  };
}
