import type { OpenedDownload } from "../../content/downloads.ts";
import type { BuiltDelivery } from "../../core/delivery.ts";
import type { DialectResponse, Handler } from "../dialect.ts";
import type { Call } from "./answer.ts";

const folder = "/shop/download";

/** Clients call the file by the last segment; the others say what is asked for and that it may be. */
export const downloadPath = `${folder}/:delivery/:expires/:signature/:fileName`;

const hourMs = 3_600_000;

/** An absolute link that opens a built delivery for a while, and never for longer than it is kept. */
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
 * Sends the file that a link names, or the part of it that is asked for. Links are all that it asks about: clients send
 * nothing else. Refused with 403 for a link that is none of ours, 410 for one that has had its time or whose file has.
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
      // A link is as good as a password for this one file: no proxy may keep what it opens.
      "cache-control": "private, no-store",
      etag: `"${opened.sha256}"`,
    },
    body: opened,
    compressible: false,
  };
};

/**
 * The key with which anybody can check the permits in the chart sets of the organization, as PEM. It is looked up anew,
 * since who asks may have the first chart set, which was made a moment ago.
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
 * An answer for people: the status says what happened, a sentence what to do. It has no length: the chart client looks
 * at nothing else, takes what has one for a chart set, and says of this that the file is missing.
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
