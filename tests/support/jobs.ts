import type { Tasks } from "../../src/jobs/runner.ts";

/** Tasks that do nothing, for what a test does not look at. */
export const idleTasks: Tasks = {
  mail_sale: async () => {},
  mail_licenses: async () => {},
  build_delivery: async () => {},
  mail_delivery: async () => {},
};
