import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { TestAddress } from "./database.ts";

/** A way to the test database that can be cut and mended, as a network can. */
export interface Relay {
  readonly address: TestAddress;
  /** Ends every connection and refuses new ones; also the last thing to do with it. */
  cut(): Promise<void>;
  /** Lets connections through again. */
  mend(): Promise<void>;
}

/** Opens a port on this machine that leads to the database. */
export async function openRelay(database: TestAddress): Promise<Relay> {
  const sockets = new Set<Socket>();
  const target = database.host.startsWith("/")
    ? { path: join(database.host, `.s.PGSQL.${database.port}`) }
    : { host: database.host, port: database.port };
  const server = createServer((incoming) => {
    const outgoing = connect(target);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
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
    cut,
    mend: async () => void (await listen(port)),
  };
}
