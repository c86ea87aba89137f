import { constants } from "node:fs";
import { access, mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import nodemailer, { type SendMailOptions } from "nodemailer";
import type { Mailbox } from "../core/mailbox.ts";
import { isMailAddress } from "../core/mailbox.ts";
import { codesOf, JobFailure } from "../jobs/failure.ts";
import { openSmtp } from "./smtp.ts";

/** One message to one recipient, whatever it is about. */
export interface MailMessage {
  /**
   * Unique among the messages of this server, and the same at every attempt: letters, digits, dots and hyphens. It
   * becomes the Message-ID, by which a repeated message can be recognised.
   */
  readonly name: string;
  /** The time of the event that the message reports. */
  readonly occurredAtMs: number;
  /** Absent: the server's own. */
  readonly from?: Mailbox | undefined;
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
   * Resolves when the mail server has taken the message, or when its file is on the disk; a repeated message replaces
   * its file. Rejects with {@link JobFailure} otherwise (see `Smtp.send`), also for a recipient that is not a single
   * address. Rejects with the signal's reason when that has aborted and the message was not taken soon after.
   */
  send(message: MailMessage, signal?: AbortSignal): Promise<void>;
  /** Resolves with a clause that says where mail goes. Rejects with {@link JobFailure} when no message could leave. */
  check(): Promise<string>;
  /** Ends connections to the mail server. Messages under way fail. */
  close(): void;
}

/** Sends by SMTP, or to the outbox folder when there is no server for that. */
export function createMailer(options: MailerOptions): Mailer {
  const transport = options.smtpUrl === undefined ? openOutbox(options.outboxDir) : openServer(options.smtpUrl);
  const host = options.from.address.slice(options.from.address.lastIndexOf("@") + 1);

  return {
    async send(message, signal) {
      if (!isMailAddress(message.to)) throw new JobFailure("the recipient is not a single e-mail address");
      await transport.send(
        message,
        {
          messageId: `<${message.name}@${host}>`,
          from: message.from ?? options.from,
          // An object is used as it is; a text would be parsed as a list of addresses.
          to: { name: "", address: message.to },
          subject: oneLine(message.subject),
          text: message.text,
          html: message.html,
          // Stops automatic answers, such as out-of-office replies.
          headers: { "Auto-Submitted": "auto-generated" },
          disableFileAccess: true,
          disableUrlAccess: true,
        },
        signal,
      );
    },
    check: () => transport.check(),
    close: () => transport.close(),
  };
}

interface Transport {
  send(message: MailMessage, mail: SendMailOptions, signal?: AbortSignal): Promise<void>;
  check(): Promise<string>;
  close(): void;
}

function openServer(smtpUrl: string): Transport {
  const smtp = openSmtp(smtpUrl);
  return {
    send: (_message, mail, signal) => smtp.send(mail, signal),
    async check() {
      await smtp.check();
      return `the mail server ${new URL(smtpUrl).host} answers`;
    },
    close: () => smtp.close(),
  };
}

function openOutbox(folder: string): Transport {
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
          throw new JobFailure(`the outbox cannot be written${codesOf(error)}`);
        });
    },
    async check() {
      await prepare()
        .then(() => access(folder, constants.W_OK))
        .catch((error) => {
          throw new JobFailure(`the outbox ${folder} cannot be written${codesOf(error)}`);
        });
      return `mail is written to ${folder}; set SMTP_URL to send it`;
    },
    close: () => composer.close(),
  };
}

/**
 * Writes a temporary file, syncs it and renames it, so that the file is whole or missing, even after a power failure.
 */
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

/** A subject is one line, however its template is laid out. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
