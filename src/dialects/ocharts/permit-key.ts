import type { Handler } from "../dialect.ts";
import { sentence } from "./downloads.ts";

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
