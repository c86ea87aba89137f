import { constants } from "node:fs";
import { access, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import nodemailer, { type SendMailOptions } from "nodemailer";
import { isMailAddress, type Mailbox } from "../core/mailbox.ts";
import { syncFolder } from "../files.ts";
import { codesOf, JobFailure } from "../jobs/failure.ts";
import { openSmtp } from "./smtp.ts";

/** One message to one recipient. */
export interface MailMessage {
  /**
   * Unique among the messages of this server, and the same at every attempt: letters, digits, dots and hyphens. It
   * becomes the Message-ID, which identifies a repeated message.
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

/** Sends messages. */
export interface Mailer {
  /**
   * Resolves when the mail server has taken the message, or when its file is on the disk. A repeated message replaces
   * its file. Rejects with {@link JobFailure} otherwise (see `Smtp.send`), also if the recipient is not a single
   * address. Rejects with the signal's reason if it has aborted and the message was not taken soon after.
   */
  send(message: MailMessage, signal?: AbortSignal): Promise<void>;
  /** Resolves with a clause that tells where mail goes. Rejects with {@link JobFailure} if no message can be sent. */
  check(): Promise<string>;
  /** Ends connections to the mail server. Messages under way fail. */
  close(): void;
}

/** Sends by SMTP, or writes files to the outbox folder when there is no SMTP server. */
export function createMailer(options: MailerOptions): Mailer {
  const transport = options.smtpUrl === undefined ? openOutbox(options.outboxDir) : openSmtp(options.smtpUrl);
  const host = options.from.address.slice(options.from.address.lastIndexOf("@") + 1);

  return {
    async send(message, signal) {
      if (!isMailAddress(message.to)) throw new JobFailure("the recipient is not a single e-mail address");
      await transport.send(
        {
          messageId: `<${message.name}@${host}>`,
          from: message.from ?? options.from,
          // An object is used as it is; a text would be parsed as a list of addresses.
          to: { name: "", address: message.to },
          // A template may have several lines, but a subject is one line.
          subject: message.subject.replace(/[\s\p{Cc}]+/gu, " ").trim(),
          text: message.text,
          html: message.html,
          // Stops automatic answers, such as out-of-office replies.
          headers: { "Auto-Submitted": "auto-generated" },
          disableFileAccess: true,
          disableUrlAccess: true,
        },
        signal,
        message,
      );
    },
    check: () => transport.check(),
    close: () => transport.close(),
  };
}

interface Transport extends Pick<Mailer, "check" | "close"> {
  send(mail: SendMailOptions, signal: AbortSignal | undefined, message: MailMessage): Promise<void>;
}

function openOutbox(folder: string): Transport {
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "windows" });

  const prepare = () => mkdir(folder, { recursive: true, mode: 0o700 });

  return {
    async send(mail, _signal, { name, occurredAtMs }) {
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

/** Syncs a temporary file and renames it, so that the file is whole or missing, even after a power failure. */
async function writeFileWhole(folder: string, name: string, content: Buffer): Promise<void> {
  const aside = join(folder, `.${name}.${process.pid}.part`);
  await writeFile(aside, content, { mode: 0o600, flush: true });
  await rename(aside, join(folder, name));
  await syncFolder(folder);
}
