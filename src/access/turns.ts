/**
 * Lets `turnsMax` pieces of work run at once; the others wait and come in the order in which they were asked for. The
 * returned function answers what the work answers, and fails as it fails.
 */
export function takeTurns(turnsMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < turnsMax) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The turn is handed on, or given back when nobody waits.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
