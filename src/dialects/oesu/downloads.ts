import type { Package } from "../../core/package.ts";
import type { DialectResponse, Handler } from "../dialect.ts";
import { type Call, sentence } from "./answer.ts";
import type { KeyDocument } from "./keys.ts";

const packageFolder = "/shop/package";
const keysFolder = "/shop/keys";

/** The segments before the name of the file name the file and prove the right to it. */
export const packagePath = `${packageFolder}/:package/:expires/:signature/:fileName`;
export const keysPath = `${keysFolder}/:document/:expires/:signature/:fileName`;

const hourMs = 3_600_000;

/** An absolute link to a package, without a query: clients read an ampersand in different ways. */
export function packageLinkTo({ context, request, settings }: Call, { id, fileName }: Package): string {
  const untilMs = request.atMs + settings.linkHours * hourMs;
  const { expires, signature } = context.downloads.packages.link(context.organization.id, id, untilMs);
  return `${request.baseUrl}${packageFolder}/${id}/${expires}/${signature}/${fileName}`;
}

/** An absolute link to the keys of a system. */
export function keysLinkTo({ context, request, settings }: Call, { name, fileName }: KeyDocument): string {
  const untilMs = request.atMs + settings.linkHours * hourMs;
  const { expires, signature } = context.downloads.documents.link(context.organization.id, name, untilMs);
  return `${request.baseUrl}${keysFolder}/${name}/${expires}/${signature}/${fileName}`;
}

/**
 * Sends the package of a link, or a part of it. The link is the only credential, since clients send no other. Refused
 * with 403 for a link that is not ours, and with 410 for an expired link or a package that is no longer there.
 */
export const servePackage: Handler = async ({ params }, { downloads, organization }) => {
  const { package: id = "", expires = "", signature = "" } = params;
  const opened = /^[1-9]\d{0,14}$/.test(id)
    ? await downloads.packages.open(organization.id, Number(id), expires, signature)
    : "forged";
  if (typeof opened === "string") return refusals[opened];
  const { made, bytes, read, close } = opened;
  return {
    status: 200,
    about: { package: made.id },
    headers: fileHeaders("application/zip", made.fileName, made.sha256),
    body: { bytes, read, close },
    compressible: false,
  };
};

/** Sends the keys of a link. Refused as {@link servePackage}. */
export const serveKeys: Handler = async ({ params }, { downloads, organization }) => {
  const { document = "", expires = "", signature = "", fileName = "" } = params;
  const opened = await downloads.documents.open(organization.id, document, expires, signature);
  if (typeof opened === "string") return refusals[opened];
  const name = /^[A-Za-z0-9.-]{1,100}$/.test(fileName) ? fileName : "keys.XML";
  return {
    status: 200,
    headers: fileHeaders("application/xml", name, document),
    body: opened,
    compressible: false,
  };
};

/** A link is a password for its file, so no proxy may keep the file. */
function fileHeaders(type: string, fileName: string, tag: string): Record<string, string> {
  return {
    "content-type": type,
    "content-disposition": `attachment; filename="${fileName}"`,
    "cache-control": "private, no-store",
    etag: `"${tag}"`,
  };
}

const refusals: Record<"forged" | "expired" | "gone", DialectResponse> = {
  forged: sentence(403, "This download link is not one of ours: it was changed, or a part is missing."),
  expired: sentence(410, "This download link has expired. Request the chart again."),
  gone: sentence(410, "This file is no longer kept. Update the chart list and request the chart again."),
};
