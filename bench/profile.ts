import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The part of a file of `node --cpu-prof` that is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const linesMax = 30;

/** Where the server's time went: the functions with the most time of their own, and the sum for each place. */
export async function profileLines(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".cpuprofile"));
  const [file] = files;
  if (file === undefined) throw new Error("the server wrote no profile");
  // Written by node itself, so that it has this shape.
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(join(folder, file), "utf8")) as Profile;
  const selfMicros = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    selfMicros.set(id, (selfMicros.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  }
  const functions = new Map<string, number>();
  const places = new Map<string, number>();
  let busyMicros = 0;
  for (const { id, callFrame } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const micros = selfMicros.get(id) ?? 0;
    if (functionName === "(idle)") continue;
    busyMicros += micros;
    const place = placeOf(url);
    const name = `${functionName || "(anonymous)"}  ${place === "" ? "" : `${place}:${url.split("/").at(-1)}:${lineNumber + 1}`}`;
    functions.set(name, (functions.get(name) ?? 0) + micros);
    places.set(place || functionName, (places.get(place || functionName) ?? 0) + micros);
  }
  const top = (times: ReadonlyMap<string, number>) =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, linesMax)
      .map(([name, micros]) => `${((100 * micros) / busyMicros).toFixed(1).padStart(6)} %  ${name}`);
  return ["self time by place", ...top(places), "", "self time by function", ...top(functions)];
}

/** The package or the folder of the source that a script belongs to. */
function placeOf(url: string): string {
  const [, named] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (named !== undefined) return named;
  const [, folder] = /\/src\/(.+)\/[^/]+$/.exec(url) ?? [];
  if (folder !== undefined) return `src/${folder}`;
  return url.startsWith("node:") ? "node" : url === "" ? "" : "src";
}
