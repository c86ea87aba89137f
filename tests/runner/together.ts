import { relative } from "node:path";
import { after, describe } from "node:test";
import { pathToFileURL } from "node:url";
import { endOfFile } from "../support/end-of-file.ts";

/**
 * Runs test files in this process, one after the other: each is a suite of its own, so its hooks run when its tests
 * begin and end. A process and its modules cost a second; most files need less for their tests.
 */
export function runTogether(files: readonly string[]): void {
  for (const file of files) {
    describe(relative(process.cwd(), file), async () => {
      after(endOfFile);
      await import(pathToFileURL(file).href);
    });
  }
}
