import { createPublicKey } from "node:crypto";
import { permitKeySetting } from "../../core/delivery.ts";
import type { Handler } from "../dialect.ts";
import { sentence } from "./downloads.ts";

/**
 * The key with which anybody can check the permits in the chart sets of the organization, as PEM. It is looked up anew,
 * since whoever asks may have a chart set that was the first a moment ago.
 */
export const servePermitKey: Handler = async (_request, { organization, queries }) => {
  const { settings } = (await queries.organizations.byId(organization.id)) ?? organization;
  const privateKey = settings.get(permitKeySetting);
  if (typeof privateKey !== "string") {
    return sentence(404, "There is no key yet: it is made when the first chart set is prepared.");
  }
  return {
    status: 200,
    headers: { "content-type": "application/x-pem-file", "cache-control": "no-cache" },
    body: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
    compressible: false,
  };
};
