import { type Edition, editions, editionsOf } from "../../core/edition.ts";
import { rows } from "../../engine/working-set.ts";
import { insertEditions, readEditions } from "../statements/editions.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

export const storedEditions: StoredNoun<number, Edition> = {
  noun: editions,
  sequence: "edition_id_seq",

  async load({ runner, organizationId }, asked) {
    return [rows(editions, await readEditions(runner, organizationId, asked.questions(editionsOf)))];
  },

  *write({ runner, organizationId }, changes) {
    yield insertEditions(runner, organizationId, onlyAdded(editions, changes));
  },
};
