import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a token is the one that was drawn, and ends after the time that is asked for", () => {
  playTable(`
    at    | command                               | log           | outcome
    09:00 | token 7 owner lives=3600000 drawn=abc | token_created | ok token=abc expires=10:00
  `);
});
