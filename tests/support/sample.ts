import { terminal } from "../../src/access/principals.ts";
import type { App } from "../../src/app.ts";
import { addDemoData } from "../../src/demo/index.ts";
import type { SampleTarget } from "../../src/demo/sample.ts";
import { dialects } from "../../src/dialects/index.ts";
import { executorFor } from "../../src/engine/executor.ts";

/**
 * Fills an organization with the sample data of all dialects, as `counterfoil demo` does; `instead` changes the target.
 */
export function addSampleData(app: App, organizationId: number, instead: Partial<SampleTarget> = {}): Promise<boolean> {
  const { engine, files, queries } = app;
  const samples = dialects.flatMap(({ sample }) => sample ?? []);
  const execute = executorFor(terminal, engine);
  const target = { organizationId, execute, files, nowMs: Date.now(), ...instead };
  return addDemoData(target, queries, samples);
}
