import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** Makes the keys of a chart for a system: a program that is started for each list, or an endpoint that is asked. */
export type KeyHook = { readonly program: string } | { readonly url: string };

const thisMachine: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Reads the setting; `null` for none. `undefined` for a text that names neither. */
export function readHook(text: string): KeyHook | null | undefined {
  if (text === "none") return null;
  if (/^\/[^\p{Cc}]+$/u.test(text)) return { program: text };
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return undefined;
  // A question names a person's machine, so it leaves this one sealed only.
  const isSealed = protocol === "https:" || (protocol === "http:" && thisMachine.has(hostname));
  return isSealed ? { url: text } : undefined;
}

/** The question to a hook: for which system, of which chart. */
export interface KeyQuestion {
  readonly chart: { readonly number: number; readonly name: string };
  /** `2026/1-29`. */
  readonly edition: string;
  /** The cells that need a key, without their ending. */
  readonly cells: readonly string[];
  readonly order: string;
  readonly quantity: number;
  readonly customer: string;
  readonly system: string;
  /** A keyed hash that tells the machine behind the name of the system from others. */
  readonly machine: string;
  /** The lines of its fingerprint but DATE; `null` when none was uploaded while there was a hook. */
  readonly fingerprint: readonly { readonly name: string; readonly attribute: string; readonly value: string }[] | null;
  /** The last second of the licence in ISO 8601; `null` for never. */
  readonly expires: string | null;
}

/** An attempt that failed. The message tells the operator why, and holds no value that was sent. */
export class KeyHookError extends Error {
  override readonly name = "KeyHookError";
}

const attemptsMax = 3;
const pauseMs = 100;
const listBytesMax = 8 * 1024 ** 2;

/**
 * The key list that a hook answers. It is asked up to three times within `limitMs` altogether: a program gets the
 * question as JSON on its input and writes the list to its output; an endpoint gets it as the body of a POST. `check`
 * tells what is wrong with a list. Rejects with the `KeyHookError` of the last attempt.
 */
export async function askHook(
  hook: KeyHook,
  question: KeyQuestion,
  limitMs: number,
  check: (list: Buffer) => string | undefined,
): Promise<Buffer> {
  const signal = AbortSignal.timeout(limitMs);
  const text = JSON.stringify(question);
  let failure = new KeyHookError("it was never asked");
  for (let attempt = 1; attempt <= attemptsMax && !signal.aborted; attempt++) {
    try {
      const list = "url" in hook ? await post(hook.url, text, signal) : await run(hook.program, text, signal);
      const problem = check(list);
      if (problem === undefined) return list;
      throw new KeyHookError(`its list ${problem}`);
    } catch (error) {
      failure = error instanceof KeyHookError ? error : new KeyHookError("it cannot be reached");
    }
    await pause(pauseMs, undefined, { signal }).catch(() => {});
  }
  throw signal.aborted ? new KeyHookError(`it did not end within ${limitMs} ms`) : failure;
}

async function post(url: string, body: string, signal: AbortSignal): Promise<Buffer> {
  const headers = { "content-type": "application/json", accept: "application/xml" };
  const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new KeyHookError(`it answers with the status ${response.status}`);
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > listBytesMax) throw new KeyHookError("its list is too long");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * The program gets no variable of the server's environment but the path, and no shell reads its name. It has a process
 * group of its own, which is killed with everything that it started.
 */
function run(program: string, input: string, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const { PATH = "" } = process.env;
  const child = spawn(program, [], { env: { PATH }, stdio: ["pipe", "pipe", "ignore"], detached: true });
  const kill = () => {
    reject(new KeyHookError(signal.aborted ? "it takes too long" : "its list is too long"));
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  };
  signal.addEventListener("abort", kill, { once: true });
  const pieces: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > listBytesMax) kill();
    else pieces.push(piece);
  });
  child.on("error", () => reject(new KeyHookError("it cannot be started")));
  child.on("close", (code) => {
    signal.removeEventListener("abort", kill);
    if (code === 0) resolve(Buffer.concat(pieces));
    else reject(new KeyHookError(code === null ? "it was killed" : `it ended with the code ${code}`));
  });
  // A program may end before it has read everything.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return promise;
}
