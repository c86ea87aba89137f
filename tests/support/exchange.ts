import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

/** One answer as it came over the wire, nothing unpacked and nothing followed. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body read as UTF-8. */
  readonly text: string;
}

export interface ExchangeOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The loopback address from which it comes; 127.0.0.1 when absent. */
  readonly from?: string;
}

let strangers = 0;

/** A loopback address that nobody has used: no wrong attempts of others count against it. */
export function newAddress(): string {
  strangers++;
  return `127.1.${strangers >> 8}.${strangers & 255}`;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/**
 * Sends one request exactly as it is written: `line` is the method and the path, which is not normalized; a body goes
 * with any method; no header is added but the length of the body.
 */
export function exchange(
  url: string,
  line: string,
  { headers = {}, body, from }: ExchangeOptions = {},
): Promise<Answer> {
  const [method = "", path = ""] = line.split(/ (.*)/s);
  const { hostname, port } = new URL(url);
  const bytes = body === undefined ? undefined : Buffer.from(body as Uint8Array);
  const length = bytes === undefined ? {} : { "content-length": String(bytes.length) };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        hostname,
        port,
        method,
        path,
        headers: { ...length, ...headers },
        ...(from === undefined ? {} : { localAddress: from }),
      },
      async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          const answer = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: answer,
            text: answer.toString("utf8"),
          });
        } catch (error) {
          reject(error);
        }
      },
    );
    request.on("error", reject);
    request.end(bytes);
  });
}

/** The `Authorization` header of the Basic scheme. */
export function basic(user: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}` };
}
