import { type JobDraft, jobs } from "../../core/job.ts";
import { insertJobs } from "../statements/jobs.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

export const storedJobs: StoredNoun<JobDraft, JobDraft> = {
  noun: jobs,

  *write({ runner, organizationId, jobLimits }, changes) {
    yield insertJobs(runner, organizationId, onlyAdded(jobs, changes), jobLimits);
  },
};
