import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CommandError, type Tools } from "./tools.ts";

/** No key, token or mail template is longer. */
const inputBytesMax = 1024 * 1024;

/**
 * The source of a value: the argument itself, or another one, so that the value stands in no list of processes and in
 * no history.
 */
interface ValueSource {
  /** `-` means standard input. */
  readonly given: string | undefined;
  readonly fromFile: string | undefined;
  /** The prompt at a terminal. */
  readonly question: string;
}

/**
 * Reads a value from the argument, a file or standard input. A terminal asks for it and does not show it. One line end
 * after the value is removed.
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

/** Asks at the terminal; the input is not shown. */
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
