import { CommandError, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** Jobs that are listed or tried again at once, at most. */
const jobsMax = 1_000;

/** `counterfoil job list`: mails and builds that were given up, and why. */
export function listJobs(tools: Tools): Promise<void> {
  return withServices(tools, async ({ queries }) => {
    const jobs = await queries.jobs.givenUp(jobsMax);
    if (jobs.length === 0) return tools.print("No job was given up.");
    for (const { id, task, organizationId, number, queuedAtMs, reason } of jobs) {
      const about = number === undefined ? "" : `  ${number} of organization ${organizationId}`;
      tools.print(`${id}  ${new Date(queuedAtMs).toISOString()}  ${task}${about}  ${reason}`);
    }
  });
}

/** `counterfoil job retry NUMBER...`: lets jobs that were given up begin anew; with `all`, every one of them. */
export function retryJobs(tools: Tools, texts: readonly string[], { all = false }: { all?: boolean }): Promise<void> {
  if (all === texts.length > 0) throw new CommandError("Name the numbers of jobs, or say --all.");
  const wrong = texts.find((text) => !/^[1-9]\d{0,14}$/.test(text));
  if (wrong !== undefined) throw new CommandError(`"${wrong}" is not the number of a job. See "counterfoil job list".`);
  return withServices(tools, async ({ administration, queries }) => {
    const ids = all ? (await queries.jobs.givenUp(jobsMax)).map(({ id }) => id) : texts.map(Number);
    const count = await administration.retryJobs(ids);
    if (count === 0) throw new CommandError('None of these was given up. See "counterfoil job list".');
    tools.print(`${count} ${count === 1 ? "job is" : "jobs are"} tried again.`);
  });
}
