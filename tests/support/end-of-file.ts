const cleaners: (() => Promise<void>)[] = [];

/** For what a module of the tests keeps for a whole test file: several files may run in one process. */
export function atEndOfFile(clean: () => Promise<void>): void {
  cleaners.push(clean);
}

/** Called by the test run when the tests of a file are over. */
export async function endOfFile(): Promise<void> {
  for (const clean of cleaners.splice(0)) await clean();
}
