import { Readable } from "node:stream";
import nodemailer, { type SendMailOptions } from "nodemailer";
import { parseConnectionUrl } from "nodemailer/lib/shared";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { codesOf, JobFailure, JobHopeless, ServiceAway } from "../jobs/failure.ts";

const connectTimeoutMs = 10_000;
const greetingTimeoutMs = 10_000;
/** A mail server that is silent for this long counts as away. */
const silenceTimeoutMs = 30_000;
const idleConnectionMs = 30_000;
/** How long a message under way may take after the process was told to stop. */
export const stopGraceMs = 2_000;

/** A connection that sends one message after the other. */
interface Session {
  readonly connection: SMTPConnection;
  /** Whether the server takes addresses outside ASCII (RFC 6531). */
  readonly takesUtf8: boolean;
}

/** Sends messages to a mail server, on a few connections that stay open between messages. */
export interface Smtp {
  /**
   * Resolves when the server has taken the message. Rejects with
   *
   * - `ServiceAway`: the server cannot be reached, refuses the login, or goes away or falls silent in the middle of the
   *   message. Only in the last case the attempt counts;
   * - `JobHopeless`: the server knows no such recipient (RFC 3463, 3.2: 5.1.x except the codes about the sender);
   * - `JobFailure`: the server refuses this message, or cannot take its address;
   * - the signal's reason, if it has aborted and the message was not taken within `stopGraceMs`.
   */
  send(mail: SendMailOptions, signal?: AbortSignal): Promise<void>;
  /** Connects, logs in, and resolves with a clause for the operator. Rejects with `ServiceAway`. */
  check(): Promise<string>;
  close(): void;
}

export function openSmtp(smtpUrl: string): Smtp {
  const { auth, ...options } = readOptions(smtpUrl);
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "windows" });
  /** Connections that wait for a message, each with the timer that closes it. */
  const idle = new Map<Session, NodeJS.Timeout>();

  async function connect(giveUp: AbortSignal): Promise<Session> {
    const connection = new SMTPConnection(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onGiveUp = () => connection.close();
    giveUp.addEventListener("abort", onGiveUp);
    // Stays, so that a later error throws no exception. A message under way reports it.
    connection.on("error", reject);
    connection.once("end", () => reject(new Error("the connection was closed")));
    let takesUtf8 = false;
    connection.connect((failure) => {
      takesUtf8 = /^250[ -]SMTPUTF8\b/im.test(String(connection.lastServerResponse));
      if (failure) reject(failure);
      else if (auth === undefined || !connection.allowsAuth) resolve();
      else connection.login({ ...auth }, (refusal) => (refusal ? reject(refusal) : resolve()));
    });
    try {
      await promise;
    } catch (error) {
      connection.close();
      throw new ServiceAway(smtpReason(error));
    } finally {
      giveUp.removeEventListener("abort", onGiveUp);
    }
    const session = { connection, takesUtf8 };
    connection.once("end", () => forget(session));
    return session;
  }

  /** Keeps a connection for the next message, for a while. */
  function keep(session: Session): void {
    const end = () => {
      forget(session);
      session.connection.quit();
    };
    idle.set(session, setTimeout(end, idleConnectionMs).unref());
  }

  function forget(session: Session): void {
    clearTimeout(idle.get(session));
    idle.delete(session);
  }

  async function sendUntil(giveUp: AbortSignal, mail: SendMailOptions): Promise<void> {
    const { message, envelope } = await composer.sendMail(mail);
    if (!Buffer.isBuffer(message)) throw new Error("the message was not composed as a whole");
    const [kept] = idle.keys();
    if (kept !== undefined) forget(kept);
    const session = kept ?? (await connect(giveUp));
    const { connection } = session;
    if (!session.takesUtf8 && /[^\x20-\x7e]/.test(`${envelope.from}${envelope.to.join("")}`)) {
      keep(session);
      throw new JobFailure("the mail server takes no addresses outside ASCII: it does not offer SMTPUTF8");
    }
    const content = Readable.from([message]);
    const error = await transmit(connection, envelope, content, giveUp);
    if (error === undefined) return keep(session);
    const { responseCode } = Object(error);
    if (typeof responseCode === "number" && responseCode !== 421) {
      connection.reset((failure) => (failure ? connection.close() : keep(session)));
      throw isHopeless(error) ? new JobHopeless(smtpReason(error)) : new JobFailure(smtpReason(error));
    }
    connection.close();
    // The server had closed the idle connection, so the message is sent on a new one.
    if (kept !== undefined && !content.readableDidRead && !giveUp.aborted) return sendUntil(giveUp, mail);
    throw new ServiceAway(smtpReason(error), { isCounted: true });
  }

  return {
    async send(mail, signal) {
      signal?.throwIfAborted();
      const giveUp = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const onStop = () => {
        timer = setTimeout(() => giveUp.abort(), stopGraceMs);
      };
      signal?.addEventListener("abort", onStop, { once: true });
      try {
        await sendUntil(giveUp.signal, mail);
      } catch (error) {
        throw giveUp.signal.aborted ? signal?.reason : error;
      } finally {
        signal?.removeEventListener("abort", onStop);
        clearTimeout(timer);
      }
    },
    async check() {
      const { connection } = await connect(new AbortController().signal);
      connection.quit();
      return `the mail server ${new URL(smtpUrl).host} answers`;
    },
    close() {
      for (const { connection } of idle.keys()) connection.close();
    },
  };
}

function readOptions(smtpUrl: string) {
  const given = parseConnectionUrl(smtpUrl);
  const { username, hostname, searchParams } = new URL(smtpUrl);
  const setsTls = searchParams.has("requireTLS") || searchParams.has("ignoreTLS");
  // Messages hold pins and codes, and a password must never cross a network in clear.
  const requiresTls = !isLoopback(hostname) && (username !== "" || !setsTls);
  return {
    ...given,
    ...(requiresTls && { requireTLS: true }),
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: greetingTimeoutMs,
    socketTimeout: silenceTimeoutMs,
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Sends one message. Resolves with the error, or with `undefined`. */
function transmit(
  connection: SMTPConnection,
  envelope: { readonly from: string | false; readonly to: string[] },
  content: Readable,
  giveUp: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve) => {
    // The library reports nothing when we close the connection.
    const onEnd = () => resolve(new Error("the connection was closed"));
    const onGiveUp = () => connection.close();
    connection.once("end", onEnd);
    giveUp.addEventListener("abort", onGiveUp);
    connection.send(envelope, content, (error) => {
      connection.off("end", onEnd);
      giveUp.removeEventListener("abort", onGiveUp);
      resolve(error ?? undefined);
    });
  });
}

/** Whether the recipient does not exist. 5.1.7 and 5.1.8 are about the sender, which can be corrected. */
function isHopeless(error: unknown): boolean {
  const { responseCode, response } = Object(error);
  return responseCode >= 500 && /^5\d\d[ -]5\.1\.(?![78]\b)\d+\b/.test(String(response));
}

/** The codes of an error of the mail server or the network. Its text mostly repeats the recipient's address. */
function smtpReason(error: unknown): string {
  const { code, responseCode, response, command } = Object(error);
  if (code === "ETLS" || command === "STARTTLS") {
    return `the mail server offers no TLS that can be used${codesOf(error)}; where the way to it is safe without, SMTP_URL may end in ?requireTLS=false if it has no password`;
  }
  if (typeof responseCode !== "number") return `the mail server cannot be used${codesOf(error)}`;
  const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1];
  const step = typeof command === "string" && /^[A-Z0-9 -]{1,20}$/.test(command) ? ` to ${command}` : "";
  return `the mail server answered ${[responseCode, status].filter(Boolean).join(" ")}${step}`;
}
