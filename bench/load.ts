import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { quantile } from "./figures.ts";
import { answerQuestions } from "./worker.ts";

/** A task of the load generator: redeem every barcode, download the file of a gate, or repeat a request. */
export type LoadQuestion =
  | {
      readonly ask: "redeem";
      readonly port: number;
      readonly apikey: string;
      /** The part of each barcode's path after `/nokkis/`. */
      readonly barcodes: readonly string[];
      readonly connections: number;
    }
  | { readonly ask: "download"; readonly port: number; readonly apikey: string }
  | {
      readonly ask: "repeat";
      readonly port: number;
      /** The whole request, head and body. */
      readonly request: string;
      readonly times: number;
      readonly connections: number;
      /** A pattern whose first group is collected from every answer; blank for none. */
      readonly collect: string;
    };

export interface LoadAnswer {
  readonly seconds: number;
  /** Answers per second, or barcodes per second of a download. */
  readonly rate: number;
  readonly count: number;
  /** Bytes of the last answer's body. */
  readonly bodyBytes: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Share of one core that this process was busy. */
  readonly busy: number;
  /** The texts that the pattern of a repeated request found, in no order. */
  readonly collected: readonly string[];
}

const body = "<nokkis> </nokkis>";

/**
 * Plain sockets: a request is one write of prepared text, an answer is read just far enough to know its end. Measured
 * on two cores against a constant answer, autocannon was busier than the server that it measured.
 */
class Connection {
  readonly #socket: Socket;
  #text = "";
  #answered: (body: string) => void = () => {};
  #failed: (error: Error) => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true).setEncoding("latin1");
    socket.on("data", (text: string) => this.#read(text));
    socket.on("error", (error) => this.#failed(error));
    socket.on("close", () => this.#failed(new Error("the server closed a connection")));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Connection(socket);
  }

  /** Sends one request and resolves with the answer's body. */
  exchange(request: string): Promise<string> {
    return new Promise((answered, failed) => {
      this.#answered = answered;
      this.#failed = failed;
      this.#socket.write(request, "latin1");
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    const headEnd = this.#text.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const lengthAt = this.#text.indexOf("content-length: ");
    const length = Number.parseInt(this.#text.slice(lengthAt + 16, lengthAt + 26), 10);
    if (this.#text.length < headEnd + 4 + length) return;
    const answer = this.#text.slice(headEnd + 4);
    this.#text = "";
    this.#answered(answer);
  }
}

/** Sends so many requests, each connection one after the other, and gives every answer to `check`. */
async function send(
  { port, connections }: { readonly port: number; readonly connections: number },
  times: number,
  requestOf: (index: number) => string,
  check: (answer: string) => void,
): Promise<LoadAnswer> {
  const lanes = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies = new Float64Array(times);
  let next = 0;
  let bodyBytes = 0;
  const busyFrom = process.cpuUsage();
  const startedAtMs = performance.now();
  await Promise.all(
    lanes.map(async (lane) => {
      for (let index = next++; index < times; index = next++) {
        const sentAtMs = performance.now();
        const answer = await lane.exchange(requestOf(index));
        latencies[index] = performance.now() - sentAtMs;
        bodyBytes = answer.length;
        check(answer);
      }
    }),
  );
  const seconds = (performance.now() - startedAtMs) / 1000;
  for (const lane of lanes) lane.close();
  return figures(seconds, times, bodyBytes, busyFrom, latencies);
}

function redeem(question: Extract<LoadQuestion, { ask: "redeem" }>): Promise<LoadAnswer> {
  const { port, apikey, barcodes } = question;
  const tail = ` HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Apikey: ${apikey}\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const requestOf = (index: number) => `PUT /nokkis/${barcodes[index]}${tail}`;
  return send(question, barcodes.length, requestOf, (answer) => {
    if (!answer.includes("<status>")) throw new Error(`a barcode was not redeemed: ${answer}`);
  });
}

/** Sends the same request so many times. */
async function repeat(question: Extract<LoadQuestion, { ask: "repeat" }>): Promise<LoadAnswer> {
  const { request, times, collect } = question;
  const pattern = collect === "" ? undefined : new RegExp(collect);
  const collected: string[] = [];
  const answer = await send(
    question,
    times,
    () => request,
    (text) => {
      const found = pattern?.exec(text)?.[1];
      if (found !== undefined) collected.push(found);
    },
  );
  return { ...answer, collected };
}

/** Reads the whole file as fast as it comes, and counts its barcodes. */
async function download({ port, apikey }: Extract<LoadQuestion, { ask: "download" }>): Promise<LoadAnswer> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const busyFrom = process.cpuUsage();
  const startedAtMs = performance.now();
  socket.write(`GET /nokkis/CLIENT/${apikey} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  let bytes = 0;
  let barcodes = 0;
  let last = "";
  for await (const chunk of socket.setEncoding("latin1") as AsyncIterable<string>) {
    bytes += chunk.length;
    const text = last + chunk;
    for (let at = text.indexOf(barcodeEnd); at !== -1; at = text.indexOf(barcodeEnd, at + 1)) barcodes++;
    last = text.slice(1 - barcodeEnd.length);
  }
  if (!last.endsWith("0\r\n\r\n")) throw new Error("the file broke off");
  return figures((performance.now() - startedAtMs) / 1000, barcodes, bytes, busyFrom, []);
}

const barcodeEnd = "</barcode>";

function figures(
  seconds: number,
  count: number,
  bodyBytes: number,
  busyFrom: NodeJS.CpuUsage,
  latencies: Iterable<number>,
): LoadAnswer {
  const { user, system } = process.cpuUsage(busyFrom);
  return {
    seconds,
    rate: count / seconds,
    count,
    bodyBytes,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    p99Ms: quantile(latencies, 0.99),
    busy: (user + system) / 1e6 / seconds,
    collected: [],
  };
}

answerQuestions<LoadQuestion, LoadAnswer>((question) => {
  switch (question.ask) {
    case "redeem":
      return redeem(question);
    case "download":
      return download(question);
    case "repeat":
      return repeat(question);
  }
});
