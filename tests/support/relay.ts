import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { Transform } from "node:stream";
import type { TestAddress } from "./database.ts";

/** A way to the test database that can be cut and mended, as a network can. */
export interface Relay {
  readonly address: TestAddress;
  /**
   * Breaks the connection on which this text passes next, in that direction, before it arrives. `to` the database it is
   * a statement's, `from` it what the database answers.
   */
  breakAt(direction: "to" | "from", text: string): void;
  /** Ends every connection and refuses new ones; also the last thing to do with it. */
  cut(): Promise<void>;
  /** Lets connections through again. */
  mend(): Promise<void>;
}

/** Opens a port on this machine that leads to the database. */
export async function openRelay(database: TestAddress): Promise<Relay> {
  const sockets = new Set<Socket>();
  let breaking: { readonly direction: "to" | "from"; readonly text: string } | undefined;
  const target = database.host.startsWith("/")
    ? { path: join(database.host, `.s.PGSQL.${database.port}`) }
    : { host: database.host, port: database.port };
  const server = createServer((incoming) => {
    const outgoing = connect(target);
    for (const [socket, other, direction] of [
      [incoming, outgoing, "to"],
      [outgoing, incoming, "from"],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      const watched = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          if (breaking?.direction !== direction || !chunk.includes(breaking.text)) return done(null, chunk);
          breaking = undefined;
          incoming.destroy();
          outgoing.destroy();
        },
      });
      socket.pipe(watched).pipe(other);
    }
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const cut = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    address: { ...database, host: "127.0.0.1", port },
    breakAt(direction, text) {
      breaking = { direction, text };
    },
    cut,
    mend: async () => void (await listen(port)),
  };
}
