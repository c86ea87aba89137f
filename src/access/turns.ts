/** Who asks for a turn. */
export interface Waiter {
  readonly organizationId: number;
  /** The address prefix from which it calls. */
  readonly prefix: string;
  /** The smaller, the sooner it has its turn. */
  readonly rank: number;
}

export interface TurnLimits {
  /** Pieces of work that run at once. */
  readonly turnsMax: number;
  /** Of those that wait, how many at once, */
  readonly waitingMax: number;
  /** and how many from one prefix. */
  readonly waitingPerPrefixMax: number;
  /** Who has waited so long has left, or will have when its work is done. */
  readonly waitMaxMs: number;
}

/** Does a piece of work when it has its turn; `refused` when too many wait, or it waited for too long. */
export type InTurn = <T>(who: Waiter, work: () => Promise<T>) => Promise<T | "refused">;

interface Waiting extends Waiter {
  readonly begin: (mayRun: boolean) => void;
}

/**
 * Lets so many pieces of work run at once. Of those that wait the organizations have their turns one after the other,
 * and within one the smallest rank comes first, then who came first. When no more may wait, whoever comes takes the
 * place of the greatest rank of the organization for which most wait, or is refused. The returned function answers what
 * the work answers, and fails as it fails.
 *
 * A library that limits how many run at once, such as p-limit, bounds neither those that wait nor their time.
 */
export function takeTurns({ turnsMax, waitingMax, waitingPerPrefixMax, waitMaxMs }: TurnLimits): InTurn {
  let running = 0;
  /** In the order in which they came; organizations in the order in which they have their turns. */
  const queues = new Map<number, Waiting[]>();
  let waitingCount = 0;

  function remove(one: Waiting): void {
    const queue = queues.get(one.organizationId) ?? [];
    const at = queue.indexOf(one);
    if (at === -1) return;
    queue.splice(at, 1);
    waitingCount--;
    if (queue.length === 0) queues.delete(one.organizationId);
  }

  /** The one that gives way to a newcomer; nobody if the newcomer has to go itself. */
  function yielding(who: Waiter): Waiting | undefined {
    const own = queues.get(who.organizationId) ?? [];
    const longest = [...queues.values()].reduce((a, b) => (b.length > a.length ? b : a), own);
    const [first, ...others] = longest;
    if (first === undefined) return undefined;
    const last = others.reduce((a, b) => (b.rank >= a.rank ? b : a), first);
    return longest === own && last.rank <= who.rank ? undefined : last;
  }

  /** Resolves with whether it has a turn now. */
  function wait(who: Waiter): Promise<boolean> {
    const queue = queues.get(who.organizationId) ?? [];
    let fromPrefix = 0;
    for (const waiting of queues.values()) for (const { prefix } of waiting) if (prefix === who.prefix) fromPrefix++;
    if (fromPrefix >= waitingPerPrefixMax) return Promise.resolve(false);
    if (waitingCount >= waitingMax) {
      const other = yielding(who);
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
      queue.push(one);
      queues.set(who.organizationId, queue);
      waitingCount++;
    });
  }

  function next(): Waiting | undefined {
    const [first] = queues;
    if (first === undefined) return undefined;
    const [organizationId, queue] = first;
    // To the end: the others have their turns before it has the next one.
    queues.delete(organizationId);
    queues.set(organizationId, queue);
    return queue.reduce((a, b) => (b.rank < a.rank ? b : a));
  }

  return async (who, work) => {
    if (running < turnsMax) running++;
    else if (!(await wait(who))) return "refused";
    try {
      return await work();
    } finally {
      // The turn is handed on, or given back when nobody waits.
      const heir = next();
      if (heir === undefined) running--;
      else heir.begin(true);
    }
  };
}
