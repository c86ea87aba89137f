import { constants } from "node:fs";
import { access, mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import nodemailer, { type SendMailOptions } from "nodemailer";
import type { Mailbox } from "../core/mailbox.ts";
import { isMailAddress } from "../core/mailbox.ts";
import { JobFailure } from "./failure.ts";

const connectTimeoutMs = 10_000;
const greetingTimeoutMs = 10_000;
/** A mail server that says nothing for so long is given up. */
const silenceTimeoutMs = 30_000;
const connectionsMax = 4;
const idleConnectionMs = 30_000;

/** One message to one recipient, whatever it is about. */
export interface MailMessage {
  /**
   * Names the message among all of this server, the same at every attempt: letters, digits, dots and hyphens. It makes
   * the Message-ID, by which a repeated message can be recognised.
   */
  readonly name: string;
  /** When that happened which the message tells of. */
  readonly occurredAtMs: number;
  /** Absent: the server's own. */
  readonly from?: Mailbox;
  /** A single address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailerOptions {
  /** Absent: messages become files in `outboxDir`. */
  readonly smtpUrl: string | undefined;
  readonly from: Mailbox;
  readonly outboxDir: string;
}

/** Where messages leave the server. */
export interface Mailer {
  /**
   * Resolves when the mail server has taken the message, or its file is safely on the disk; a message that is sent again
   * replaces its file. Rejects with {@link JobFailure} otherwise, and for a recipient that is not a single address.
   */
  send(message: MailMessage): Promise<void>;
  /** Resolves with what was found well; rejects with {@link JobFailure} when no message could leave. */
  check(): Promise<string>;
  /** Ends connections to the mail server; what is being sent fails. */
  close(): void;
}

/** Sends by SMTP, or to the outbox folder when there is no server for that. */
export function createMailer(options: MailerOptions): Mailer {
  const way = options.smtpUrl === undefined ? openOutbox(options.outboxDir) : openSmtp(options.smtpUrl);
  const host = options.from.address.slice(options.from.address.lastIndexOf("@") + 1);

  return {
    async send(message) {
      if (!isMailAddress(message.to)) throw new JobFailure("the recipient is not a single e-mail address");
      await way.send(message, {
        messageId: `<${message.name}@${host}>`,
        from: message.from ?? options.from,
        // As an object it is taken as it stands, and never read as a list.
        to: { name: "", address: message.to },
        subject: oneLine(message.subject),
        text: message.text,
        html: message.html,
        // Programs that answer for somebody who is away do not answer this.
        headers: { "Auto-Submitted": "auto-generated" },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    },
    check: () => way.check(),
    close: () => way.close(),
  };
}

interface Way {
  send(message: MailMessage, mail: SendMailOptions): Promise<void>;
  check(): Promise<string>;
  close(): void;
}

function openSmtp(smtpUrl: string): Way {
  const { hostname, host, username } = new URL(smtpUrl);
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: connectionsMax,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: greetingTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    idleTimeout: idleConnectionMs,
    // A password never crosses a network in clear.
    requireTLS: username !== "" && !isLoopback(hostname),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // The library tells of connections that break while idle; the next message finds out by itself.
  transport.on("error", () => {});

  return {
    async send(_message, mail) {
      await transport.sendMail(mail).catch((error) => {
        throw new JobFailure(smtpReason(error));
      });
    },
    async check() {
      await transport.verify().catch((error) => {
        throw new JobFailure(smtpReason(error));
      });
      return `the mail server ${host} answers`;
    },
    close: () => transport.close(),
  };
}

function openOutbox(folder: string): Way {
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "windows" });

  async function prepare(): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }

  return {
    async send({ name, occurredAtMs }, mail) {
      const { message } = await composer.sendMail(mail);
      if (!Buffer.isBuffer(message)) throw new Error("the message was not composed as a whole");
      const time = new Date(occurredAtMs).toISOString().replace(/[-:]/g, "");
      await prepare()
        .then(() => writeFileWhole(folder, `${time}-${name}.eml`, message))
        .catch((error) => {
          throw new JobFailure(`the outbox cannot be written${codeOf(error)}`);
        });
    },
    async check() {
      await prepare()
        .then(() => access(folder, constants.W_OK))
        .catch((error) => {
          throw new JobFailure(`the outbox ${folder} cannot be written${codeOf(error)}`);
        });
      return `mail is written to ${folder}; set SMTP_URL to send it`;
    },
    close: () => composer.close(),
  };
}

/** Writes aside, waits for the disk, and renames, so that there is a whole file or none, also after a power failure. */
async function writeFileWhole(folder: string, name: string, content: Buffer): Promise<void> {
  const aside = join(folder, `.${name}.${process.pid}.part`);
  const file = await open(aside, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, join(folder, name));
  const directory = await open(folder);
  await directory.sync().finally(() => directory.close());
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** A subject is one line, however its template is laid out. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

/**
 * What the mail server, or the lack of one, said: by codes, since its words mostly repeat the address of the recipient.
 */
function smtpReason(error: unknown): string {
  const { responseCode, response, command } = Object(error);
  if (typeof responseCode === "number") {
    const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1];
    const step = typeof command === "string" && /^[A-Z0-9 ]{1,20}$/.test(command) ? ` to ${command}` : "";
    return `the mail server answered ${[responseCode, status].filter(Boolean).join(" ")}${step}`;
  }
  return `the mail server cannot be used${codeOf(error)}`;
}

function codeOf(error: unknown): string {
  const { code, originalCode } = Object(error);
  const codes = [code, originalCode].filter((one) => typeof one === "string" && /^[A-Z0-9_]+$/.test(one));
  return codes.length === 0 ? "" : ` (${codes.join(", ")})`;
}
