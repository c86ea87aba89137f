import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import { inNetworks } from "../access/networks.ts";
import { socketAddress } from "./address.ts";

/** Addresses of the operator's own proxies: this machine, and networks that are not reachable from outside. */
const isNear = inNetworks([
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "100.64.0.0/10",
  "::1",
  "fc00::/7",
  "fe80::/10",
]);

/**
 * Warns once when a nearby proxy that is not trusted has passed on a request. All clients then count as one address:
 * the wrong attempts of one delay all others, and the log has the proxy's address for everybody.
 */
export function watchForProxies(
  isTrusted: (address: string) => boolean,
  log: Logger,
): (request: IncomingMessage) => void {
  let isTold = false;
  return ({ headers, socket }) => {
    if (isTold || headers["x-forwarded-for"] === undefined) return;
    const address = socketAddress(socket);
    if (isTrusted(address) || !isNear(address)) return;
    isTold = true;
    log.warn(
      { proxy: address, advice: `set TRUST_PROXY=${address} if that is your proxy` },
      "a proxy is not trusted: all clients behind it count as one address, so that the wrong attempts of one keep the others waiting",
    );
  };
}
