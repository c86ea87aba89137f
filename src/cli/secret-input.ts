import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CommandError, type Tools } from "./tools.ts";

/** Longer input is no key, no token and no template of a mail. */
const inputBytesMax = 1024 * 1024;

/**
 * Where a value is to be read from: as it was given, or elsewhere, so that it is in no list of processes and no
 * history.
 */
export interface ValueSource {
  /** `-` means standard input. */
  readonly given: string | undefined;
  readonly fromFile: string | undefined;
  /** What is asked for at a terminal. */
  readonly question: string;
}

/**
 * The value that a command is told: its argument, or what a file holds, or standard input. At a terminal it is asked
 * for and not shown. One line end after it is not part of it.
 */
export async function readValue(tools: Pick<Tools, "input" | "print">, source: ValueSource): Promise<string> {
  const { given, fromFile, question } = source;
  if (fromFile !== undefined && given !== undefined) {
    throw new CommandError("Give the value or --from-file, and not both.");
  }
  if (fromFile !== undefined) return checked(await readFromFile(fromFile));
  if (given !== undefined && given !== "-") return given;
  return checked(tools.input.isTTY ? await ask(tools.input, question) : await readAll(tools.input));
}

function checked(text: string): string {
  const value = text.replace(/\r?\n$/, "");
  if (value === "") throw new CommandError("Nothing was given.");
  return value;
}

async function readFromFile(path: string): Promise<string> {
  const file = await open(path, "r").catch((error) => {
    throw new CommandError(`${path} cannot be read: ${error.message}.`);
  });
  try {
    return await readAll(file.createReadStream({ autoClose: false }));
  } finally {
    await file.close();
  }
}

async function readAll(input: AsyncIterable<Buffer | string>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of input) {
    const buffer = Buffer.from(piece);
    bytes += buffer.length;
    if (bytes > inputBytesMax) throw new CommandError(`The value is longer than ${inputBytesMax} bytes.`);
    pieces.push(buffer);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** Asks at the terminal; what is typed is not shown. */
function ask(input: NodeJS.ReadStream, question: string): Promise<string> {
  process.stderr.write(`${question}: `);
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: nothing, terminal: true });
  return new Promise<string>((resolve, reject) => {
    terminal.once("line", (line) => resolve(line));
    terminal.once("SIGINT", () => reject(new CommandError("Nothing was given.")));
    terminal.once("close", () => reject(new CommandError("Nothing was given.")));
  }).finally(() => {
    terminal.close();
    process.stderr.write("\n");
  });
}
