import { connect, type Socket } from "node:net";

/** An answer as it stands on the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** A connection on which bytes are sent as they are, be they HTTP or not. */
export interface RawConnection {
  readonly socket: Socket;
  /** Sends bytes; text as ISO-8859-1, a character a byte. */
  send(bytes: string | Uint8Array): void;
  /** The next answer, those of `100 Continue` too; rejects when the connection is closed before it is complete. */
  answer(): Promise<RawAnswer>;
  /** Fulfilled when the server has ended the connection or broken it off. */
  readonly closed: Promise<void>;
  destroy(): void;
}

/**
 * Opens a connection to a server on this machine, from another loopback address if one is given. It does not close its
 * side when the server does.
 */
export async function openConnection(url: string, localAddress?: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const from = localAddress === undefined ? {} : { localAddress };
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, ...from });
  let received = "";
  let over = false;
  let wake = () => {};
  socket.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1");
    wake();
  });
  // A connection that the server breaks off is one that it closes.
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    for (const end of ["end", "close"]) {
      socket.once(end, () => {
        over = true;
        wake();
        resolve();
      });
    }
  });
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));

  return {
    socket,
    closed,
    send: (bytes) => void socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes),
    async answer() {
      for (;;) {
        const found = readAnswer(received, over);
        if (found !== undefined) {
          received = received.slice(found.length);
          return found.answer;
        }
        if (over) throw new Error(`the connection was closed after ${JSON.stringify(received)}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    destroy: () => void socket.destroy(),
  };
}

/** Sends one piece on a connection of its own, and resolves with the first answer. */
export async function sendRaw(url: string, bytes: string | Uint8Array, localAddress?: string): Promise<RawAnswer> {
  const connection = await openConnection(url, localAddress);
  try {
    connection.send(bytes);
    return await connection.answer();
  } finally {
    connection.destroy();
  }
}

function readAnswer(received: string, over: boolean): { answer: RawAnswer; length: number } | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const [statusLine = "", ...fields] = received.slice(0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  const headers = new Map(
    fields.map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
    }),
  );
  const bodyStart = headEnd + 4;
  const rest = received.slice(bodyStart);
  const body = status < 200 ? "" : readBody(rest, headers, over);
  if (body === undefined) return undefined;
  const text = Buffer.from(typeof body === "string" ? body : body.text, "latin1").toString("utf8");
  const length = bodyStart + body.length;
  return { answer: { status, headers, text }, length };
}

type Body = string | { readonly text: string; readonly length: number };

function readBody(rest: string, headers: ReadonlyMap<string, string>, over: boolean): Body | undefined {
  const length = headers.get("content-length");
  if (length !== undefined) return rest.length < Number(length) ? undefined : rest.slice(0, Number(length));
  if (headers.get("transfer-encoding") === "chunked") return readChunks(rest);
  return over ? rest : undefined;
}

function readChunks(rest: string): Body | undefined {
  // Spares reading the chunks of a long answer anew with every piece that arrives.
  if (!rest.includes("0\r\n\r\n")) return undefined;
  let text = "";
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (size === 0) return { text, length: next };
    text += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}
