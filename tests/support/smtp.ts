import { type AddressInfo, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

/** How long connections that are still open hold up the end. */
const closeWaitMs = 50;

/** A message as the mail server took it. */
export interface TakenMail extends Email {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly login: string | undefined;
}

/** A mail server on this machine. */
export interface TestSmtp {
  readonly url: string;
  readonly taken: readonly TakenMail[];
  /** How often it was asked to take a message. */
  readonly asked: number;
  /** What it says to messages from now on; `undefined` takes them. */
  refuse(answer: { readonly code: number; readonly words: string } | undefined): void;
  /** From now on messages that it was sent get no answer. */
  hang(): void;
}

/**
 * Starts one, that is stopped after the test or suite. With `login` it takes messages from that one only, without
 * `utf8` it knows no addresses outside ASCII, and with `port` it is where one was before.
 */
export async function startTestSmtp(
  context: Pick<TestContext, "after">,
  { login, utf8 = true, port = 0 }: { login?: { user: string; password: string }; utf8?: boolean; port?: number } = {},
): Promise<TestSmtp> {
  const taken: TakenMail[] = [];
  let refusal: { code: number; words: string } | undefined;
  let asked = 0;
  let hangs = false;
  const server = new SMTPServer({
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    hideSMTPUTF8: !utf8,
    logger: false,
    closeTimeout: closeWaitMs,
    onAuth: ({ username, password }, _session, done) =>
      username === login?.user && password === login?.password
        ? done(null, { user: username })
        : done(new Error("Wrong password")),
    onData(stream, session, done) {
      asked++;
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (hangs) return;
        if (refusal !== undefined) {
          done(Object.assign(new Error(refusal.words), { responseCode: refusal.code }));
          return;
        }
        PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          const { mailFrom, rcptTo } = session.envelope;
          taken.push({
            ...mail,
            envelope: {
              from: mailFrom === false ? "" : mailFrom.address,
              to: rcptTo.map(({ address }) => address),
            },
            login: typeof session.user === "string" ? session.user : undefined,
          });
          done();
        }, done);
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  context.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port: takenPort } = server.server.address() as AddressInfo;
  const account = login === undefined ? "" : `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`;
  return {
    url: `smtp://${account}127.0.0.1:${takenPort}`,
    taken,
    get asked() {
      return asked;
    },
    refuse(answer) {
      refusal = answer;
    },
    hang() {
      hangs = true;
    },
  };
}

/** A server that takes connections and never says a word. */
export async function startSilentServer(context: Pick<TestContext, "after">): Promise<{
  readonly url: string;
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  context.after(close);
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    get connections() {
      return connections;
    },
    close,
  };
}
