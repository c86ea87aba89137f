import { once } from "node:events";
import { createServer } from "node:http";
import type { Metrics } from "./metrics.ts";

/** Enough for a few collectors. */
const connectionsMax = 20;
const requestMs = 5_000;

/** A server for metrics alone, on an address of its own. */
export interface MetricsServer {
  close(): Promise<void>;
}

/** Where a server listens. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Answers `GET /metrics` to everybody who reaches the address, and 404 to all else. Rejects with the system's error.
 */
export async function serveMetrics(metrics: Metrics, { host, port }: SocketAddress): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs }, async (request, response) => {
    if (request.url !== "/metrics" || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(404, { "content-type": "text/plain" }).end("There is nothing but GET /metrics here.\n");
      return;
    }
    const { contentType, text } = await metrics.expose();
    response.writeHead(200, { "content-type": contentType }).end(text);
  });
  server.maxConnections = connectionsMax;
  server.listen({ host, port });
  await once(server, "listening");
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
