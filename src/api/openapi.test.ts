import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { refusals } from "../core/refusal.ts";
import { verbs } from "../core/verbs/index.ts";
import { documentText } from "./docs.ts";
import { routes } from "./index.ts";
import { answerExampleOf, answerSchemaOf, problemsOf } from "./openapi.ts";
import { Problem, problems, requestFaults } from "./problem.ts";
import { roleTable } from "./roles.ts";
import { object, type Schema } from "./schema.ts";
import { queryFieldsOf } from "./serve.ts";
import { fits } from "./validate.ts";

const checkedIn = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), "utf8");

test("the document that is checked in is the one that is served", async () => {
  assert.equal(await checkedIn("openapi.json"), await documentText(routes), 'run "npm run schema"');
});

test("the table of roles that is checked in is that of the routes", async () => {
  assert.equal(await checkedIn("api-roles.md"), roleTable(routes), 'run "npm run schema"');
});

test("a validator that is not ours finds the document right", async () => {
  const result = await new Validator().validate(JSON.parse(await documentText(routes)));
  assert.deepEqual(result, { valid: true });
});

test("no name, and no method of a path, is that of two routes", () => {
  for (const all of [routes.map(({ name }) => name), routes.map(({ method, path }) => `${method} ${path}`)]) {
    assert.deepEqual(all, [...new Set(all)]);
  }
});

test("every parameter of a path is declared, and no other", () => {
  for (const { name, path, params = {} } of routes) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, one]) => one);
    assert.deepEqual(inPath, Object.keys(params), name);
  }
});

test("the scope of a route is a permission that each of its verbs takes", () => {
  for (const { name, scope, verbs: names = [] } of routes) {
    for (const verb of names) assert.ok([verbs[verb].permission].flat().includes(scope), `${name}: ${verb}`);
  }
});

test("every example is what its schemas say", async () => {
  for (const route of routes) {
    const { name, params = {}, body, example } = route;
    const assertFits = async (schema: Schema, value: unknown, place: "path" | "query" | "body") => {
      const result = await fits(schema, value, place);
      assert.ok(!(result instanceof Problem), `${name}: ${JSON.stringify(result)}`);
    };
    await assertFits(object(params), example.params ?? {}, "path");
    await assertFits(object(queryFieldsOf(route)), example.query ?? {}, "query");
    if (body !== undefined) await assertFits(body, example.body, "body");
    await assertFits(answerSchemaOf(route), answerExampleOf(route), "body");
  }
});

test("every problem has its words: a sentence, an advice, and a status of an error", () => {
  assert.deepEqual(Object.keys(problems).sort(), [...refusals, ...requestFaults].sort());
  for (const [code, { status, detail, advice }] of Object.entries(problems)) {
    assert.ok(status >= 400 && status < 600, code);
    for (const sentence of [detail, advice]) assert.match(sentence, /^[A-Z].*\.$/, code);
  }
});

test("a route tells the refusals of its verbs, and problems of bodies only where it has one", () => {
  for (const route of routes) {
    const told = problemsOf(route);
    for (const verb of route.verbs ?? []) for (const one of verbs[verb].refusals) assert.ok(told.includes(one), one);
    assert.equal(told.includes("json_invalid"), route.body !== undefined, route.name);
  }
});
