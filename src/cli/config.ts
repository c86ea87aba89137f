import { describeConfig, readConfig } from "../config.ts";
import type { Tools } from "./tools.ts";

/**
 * `counterfoil config`: every setting with its value, the source of the value and its meaning. Ends with an error if a
 * setting cannot be used.
 */
export async function config(tools: Tools): Promise<void> {
  const entries = describeConfig(tools.environment, tools.fromFile);
  const nameWidth = Math.max(...entries.map(({ name }) => name.length));
  const valueWidth = Math.max(...entries.map(({ value }) => value.length));
  for (const { name, value, source, meaning } of entries) {
    tools.print(`${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${source.padEnd(11)}  ${meaning}`);
  }
  readConfig(tools.environment);
}
