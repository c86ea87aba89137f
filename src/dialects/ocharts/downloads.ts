import type { OpenedDownload } from "../../content/downloads.ts";
import type { BuiltDelivery } from "../../core/delivery.ts";
import type { DialectResponse, Handler } from "../dialect.ts";
import type { Call } from "./answer.ts";

const folder = "/shop/download";

/** Clients name the file by the last segment. The other segments name the delivery and prove the right to it. */
export const downloadPath = `${folder}/:delivery/:expires/:signature/:fileName`;

const hourMs = 3_600_000;

/** An absolute link to a built delivery. It is valid for `linkHours`, but never after the delivery expires. */
export function linkTo(
  { context, request, settings }: Call,
  deliveryId: number,
  { fileName, expiresAtMs }: BuiltDelivery,
): string {
  const untilMs = Math.min(expiresAtMs, request.atMs + settings.linkHours * hourMs);
  const { expires, signature } = context.downloads.link(context.organization.id, deliveryId, untilMs);
  return `${request.baseUrl}${folder}/${deliveryId}/${expires}/${signature}/${encodeURIComponent(fileName)}`;
}

/**
 * Sends the file of a link, or a part of it. The link is the only credential, since clients send no other. Refused with
 * 403 for a link that is not ours, and with 410 for an expired link or a file that is no longer kept.
 */
export const serveDownload: Handler = async ({ params }, { downloads, organization }) => {
  const { delivery = "", expires = "", signature = "" } = params;
  const opened = /^[1-9]\d{0,14}$/.test(delivery)
    ? await downloads.open(organization.id, Number(delivery), expires, signature)
    : "forged";
  if (typeof opened === "string") return refusals[opened];
  return {
    status: 200,
    about: { delivery: opened.deliveryId, customer: opened.customerId },
    headers: {
      "content-type": "application/zip",
      "content-disposition": `attachment; filename="${opened.fileName}"`,
      // A link is a password for its file, so no proxy may keep the file.
      "cache-control": "private, no-store",
      etag: `"${opened.sha256}"`,
    },
    body: opened,
    compressible: false,
  };
};

/**
 * The key that verifies the permits in the organization's chart sets, as PEM; public. It is not cached, since the first
 * chart set may have been made a moment ago. Refused with 404 while there is no key.
 */
export const servePermitKey: Handler = async (_request, { organization, signingKeys }) => {
  const key = await signingKeys.find(organization.id);
  if (key === undefined) {
    return sentence(404, "There is no key yet: it is made when the first chart set is prepared.");
  }
  return {
    status: 200,
    headers: { "content-type": "application/x-pem-file", "cache-control": "no-cache" },
    body: key.publicKeyPem,
    compressible: false,
  };
};

/**
 * An answer for people: the status names the error, and a sentence the remedy. It is sent without its length. The chart
 * client takes every answer with a length for a chart set, and tells its user that one without is a missing file.
 */
export function sentence(status: number, text: string): DialectResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    body: `${text}\n`,
    compressible: false,
    hidesLength: true,
  };
}

const refusals: Record<Extract<OpenedDownload, string>, DialectResponse> = {
  forged: sentence(403, "This download link is not one of ours: it was changed, or a part is missing."),
  expired: sentence(
    410,
    "This download link has expired. Refresh the chart list: it has a new one, or the chart can be requested again there.",
  ),
  gone: sentence(410, "This file is no longer kept. Refresh the chart list and request the chart again."),
};
