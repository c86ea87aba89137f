import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Reader } from "../engine/reader.ts";
import type { Metrics } from "./metrics.ts";

/**
 * The paths for whoever runs the server: `/healthz` (the process lives), `/readyz` (it can serve: the database answers
 * within `readyMs`) and `/metrics`.
 */
export function mountOperations(app: FastifyInstance, reader: Reader, metrics: Metrics, readyMs: number): void {
  // Probes may ask by HEAD.
  const probe = { exposeHeadRoute: true };
  app.get("/healthz", probe, (_request, reply) => reply.type("text/plain").send("ok\n"));
  app.get("/readyz", probe, async (_request, reply) => {
    const ready = await isReady(reader, readyMs);
    return reply
      .code(ready ? 200 : 503)
      .type("text/plain")
      .send(ready ? "ok\n" : "the database does not answer\n");
  });
  app.get("/metrics", async (_request, reply) => {
    const { contentType, text } = await metrics.expose();
    return reply.header("content-type", contentType).send(text);
  });
}

async function isReady(reader: Reader, readyMs: number): Promise<boolean> {
  const timer = new AbortController();
  const answered = reader.ping().then(
    () => true,
    () => false,
  );
  const late = pause(readyMs, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([answered, late]);
  } finally {
    timer.abort();
  }
}
