import type { Tasks } from "../../src/jobs/runner.ts";

/** Tasks that do nothing, for those that a test is not about. */
export const idleTasks: Tasks = {
  mail_sale: async () => {},
  mail_licenses: async () => {},
  mail_delivery: async () => {},
  build_delivery: async () => {},
};
