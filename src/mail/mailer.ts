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
   * Names the message among all of this server, the same at every attempt: letters, digits, dots and hyphens. It makes
   * the Message-ID, by which a repeated message can be recognised.
   */
  readonly name: string;
  /** When that happened which the message tells of. */
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
   * Resolves when the mail server has taken the message, or its file is safely on the disk; a message that is sent again
   * replaces its file. Rejects with {@link JobFailure} otherwise (see `Smtp.send`), and for a recipient that is not a
   * single address; with the signal's reason when that has aborted and the message was not taken soon.
   */
  send(message: MailMessage, signal?: AbortSignal): Promise<void>;
  /** Resolves with what was found well; rejects with {@link JobFailure} when no message could leave. */
  check(): Promise<string>;
  /** Ends connections to the mail server; what is being sent fails. */
  close(): void;
}

/** Sends by SMTP, or to the outbox folder when there is no server for that. */
export function createMailer(options: MailerOptions): Mailer {
  const way = options.smtpUrl === undefined ? openOutbox(options.outboxDir) : openServer(options.smtpUrl);
  const host = options.from.address.slice(options.from.address.lastIndexOf("@") + 1);

  return {
    async send(message, signal) {
      if (!isMailAddress(message.to)) throw new JobFailure("the recipient is not a single e-mail address");
      await way.send(
        message,
        {
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
        },
        signal,
      );
    },
    check: () => way.check(),
    close: () => way.close(),
  };
}

interface Way {
  send(message: MailMessage, mail: SendMailOptions, signal?: AbortSignal): Promise<void>;
  check(): Promise<string>;
  close(): void;
}

function openServer(smtpUrl: string): Way {
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

/** A subject is one line, however its template is laid out. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
