import type { Tools } from "./tools.ts";

/** Shows the progress of long work: a bar at a terminal, a line every few seconds elsewhere. */
export interface Progress {
  advance(count: number): void;
  /** Leaves the bar as it stands. */
  close(): void;
}

const barColumns = 30;
const redrawEveryMs = 100;
const lineEveryMs = 5_000;

/** Starts to show the progress of `total` things of this name; `format` writes a count. */
export function openProgress(
  tools: Pick<Tools, "print" | "overwrite">,
  name: string,
  total: number,
  format: (count: number) => string = String,
): Progress {
  const startedAtMs = performance.now();
  let done = 0;
  let shown = -1;
  let shownAtMs = Number.NEGATIVE_INFINITY;
  const { overwrite } = tools;
  const everyMs = overwrite === undefined ? lineEveryMs : redrawEveryMs;

  function show(): void {
    shown = done;
    shownAtMs = performance.now();
    const seconds = (shownAtMs - startedAtMs) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    const share = total === 0 ? 1 : done / total;
    const left = rate > 0 ? Math.ceil((total - done) / rate) : 0;
    const figures = `${format(done)}/${format(total)} ${name}, ${format(Math.round(rate))}/s, ${left} s left`;
    if (overwrite === undefined) tools.print(`${Math.floor(share * 100)} %  ${figures}`);
    else overwrite(`${"█".repeat(Math.floor(share * barColumns)).padEnd(barColumns, "░")}  ${figures}`);
  }

  return {
    advance(count) {
      done += count;
      if (performance.now() - shownAtMs >= everyMs) show();
    },
    close() {
      if (done !== shown) show();
      overwrite?.(undefined);
    },
  };
}
