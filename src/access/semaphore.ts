/** The caller of a piece of work. */
export interface Waiter {
  readonly organizationId: number;
  /** The address prefix from which it calls. */
  readonly prefix: string;
  /** The smallest rank runs first. */
  readonly rank: number;
}

export interface SemaphoreLimits {
  /** Pieces of work that run at once. */
  readonly runningMax: number;
  /** Pieces of work that wait at once, */
  readonly waitingMax: number;
  /** and those from one prefix. */
  readonly waitingPerPrefixMax: number;
  /** After this wait a piece of work is refused: its sender will not wait for the end. */
  readonly waitMaxMs: number;
}

/** Runs a piece of work when its turn comes. `refused` when too many wait, or when it waited for too long. */
export type Semaphore = <T>(who: Waiter, work: () => Promise<T>) => Promise<T | "refused">;

interface Waiting extends Waiter {
  readonly begin: (mayRun: boolean) => void;
}

/**
 * A semaphore with a bounded and fair queue. Organizations take turns. Within an organization the smallest rank runs
 * first, and of equal ranks the first that came. When the queue is full, new work replaces the greatest rank in the
 * organization with the longest queue, or is refused. The returned function resolves and rejects as the work does.
 */
export function createSemaphore({
  runningMax,
  waitingMax,
  waitingPerPrefixMax,
  waitMaxMs,
}: SemaphoreLimits): Semaphore {
  let running = 0;
  /** By organization: the next to run is first. Waiters are in the order of their arrival. */
  const queues = new Map<number, readonly Waiting[]>();

  function remove(one: Waiting): void {
    const others = queues.get(one.organizationId)?.filter((other) => other !== one) ?? [];
    if (others.length === 0) queues.delete(one.organizationId);
    else queues.set(one.organizationId, others);
  }

  /** The waiter that a newcomer replaces; `undefined` if the newcomer is refused. */
  function replacedBy(who: Waiter): Waiting | undefined {
    const own = queues.get(who.organizationId) ?? [];
    const longest = [...queues.values()].reduce((a, b) => (b.length > a.length ? b : a), own);
    const [first, ...others] = longest;
    if (first === undefined) return undefined;
    const last = others.reduce((a, b) => (b.rank >= a.rank ? b : a), first);
    return longest === own && last.rank <= who.rank ? undefined : last;
  }

  /** Resolves with whether the work may run now. */
  function wait(who: Waiter): Promise<boolean> {
    const waiting = [...queues.values()].flat();
    const ofPrefix = waiting.filter(({ prefix }) => prefix === who.prefix);
    if (ofPrefix.length >= waitingPerPrefixMax) return Promise.resolve(false);
    if (waiting.length >= waitingMax) {
      const other = replacedBy(who);
      if (other === undefined) return Promise.resolve(false);
      other.begin(false);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => one.begin(false), waitMaxMs);
      const one: Waiting = {
        ...who,
        begin(mayRun) {
          clearTimeout(timer);
          remove(one);
          resolve(mayRun);
        },
      };
      queues.set(who.organizationId, [...(queues.get(who.organizationId) ?? []), one]);
    });
  }

  function next(): Waiting | undefined {
    const [first] = queues;
    if (first === undefined) return undefined;
    const [organizationId, queue] = first;
    // It goes to the end, so the other organizations run before it.
    queues.delete(organizationId);
    queues.set(organizationId, queue);
    return queue.reduce((a, b) => (b.rank < a.rank ? b : a));
  }

  return async (who, work) => {
    if (running < runningMax) running++;
    else if (!(await wait(who))) return "refused";
    try {
      return await work();
    } finally {
      const waiting = next();
      if (waiting === undefined) running--;
      else waiting.begin(true);
    }
  };
}
