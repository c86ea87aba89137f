import { request as httpRequest, type IncomingHttpHeaders } from "node:http";

/** One event as it came; without data it only moves the place at which the client goes on. */
export interface ReceivedEvent {
  readonly id: number | undefined;
  readonly event: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails otherwise.
  readonly data: any;
}

/** An open stream of Server-Sent Events. */
export interface EventStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The next event; `undefined` once the server has ended the stream. */
  next(): Promise<ReceivedEvent | undefined>;
  /** Cuts the connection. */
  cut(): void;
  pause(): void;
  resume(): void;
}

/** Opens a stream; resolves when its headers are there. */
export function openEvents(
  url: string,
  token: string,
  path: string,
  { lastEventId, from }: { readonly lastEventId?: number | undefined; readonly from?: string } = {},
): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const headers = {
      accept: "text/event-stream",
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) }),
    };
    const request = httpRequest(`${url}${path}`, { headers, agent: false, localAddress: from }, (answer) => {
      const waiting: ReceivedEvent[] = [];
      let wake = () => {};
      let isOver = false;
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        const blocks = (text + piece).split("\n\n");
        text = blocks.pop() ?? "";
        waiting.push(...blocks.map(read));
        wake();
      });
      const end = () => {
        isOver = true;
        wake();
      };
      answer.on("end", end);
      answer.on("error", end);
      resolve({
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        async next() {
          while (waiting.length === 0 && !isOver) {
            const { promise, resolve: go } = Promise.withResolvers<void>();
            wake = go;
            await promise;
          }
          return waiting.shift();
        },
        cut: () => request.destroy(),
        pause: () => answer.pause(),
        resume: () => answer.resume(),
      });
    });
    request.on("error", reject);
    request.end();
  });
}

function read(block: string): ReceivedEvent {
  const fields = new Map(
    block.split("\n").map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at), line.slice(at + 2)] as const;
    }),
  );
  const [id, data] = [fields.get("id"), fields.get("data")];
  return {
    id: id === undefined ? undefined : Number(id),
    event: fields.get("event"),
    data: data === undefined ? undefined : JSON.parse(data),
  };
}
