import type { SampleData } from "../demo/sample.ts";

/** The token and everything that it shows are of the sample data of others. */
export const sample: SampleData = {
  async add() {},
  hints: ["curl -H 'Authorization: Bearer demo-token' URL/v1/products", "URL/v1/docs"],
};
