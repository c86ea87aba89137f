import assert from "node:assert/strict";
import { test } from "node:test";
import type { Organization } from "../../queries/organizations.ts";
import type { Fault } from "../dialect.ts";
import { nokkis } from "./index.ts";

const faults: readonly (readonly [Fault, line: string, status: number, semanticStatus: number])[] = [
  [{ kind: "body_too_large" }, '<error id="3">Invalid xml input</error>', 200, 400],
  [{ kind: "request_broken" }, '<error id="3">Invalid xml input</error>', 200, 400],
  [{ kind: "path_unknown" }, '<error id="0">Not defined</error>', 404, 404],
  [{ kind: "method_not_defined", allowed: ["GET", "PUT"] }, '<error id="0">Not defined</error>', 405, 405],
  [{ kind: "unavailable" }, `<error id="1">Server couldn't connect to database</error>`, 200, 503],
  [{ kind: "broken" }, '<error id="2">Internal database error</error>', 200, 500],
];

test("whatever goes wrong around a handler is told in the words of the specification, with the organization's status", () => {
  const settings = new Map([["nokkis.httpStatus", "semantic"]]);
  const semantic: Organization = { id: 1, name: "Test", settings };
  for (const [fault, line, status, semanticStatus] of faults) {
    for (const [organization, expected] of [
      [undefined, status],
      [semantic, semanticStatus],
    ] as const) {
      const response = nokkis.fault(fault, organization, "/nokkis", "request");
      assert.equal(response.body, `<?xml version="1.0" encoding="UTF-8"?>\n<nokkis>\n${line}\n</nokkis>\n`);
      assert.equal(response.status, expected, fault.kind);
      assert.equal(response.headers["content-type"], "text/xml; charset=utf-8");
      assert.equal(response.headers.allow, fault.kind === "method_not_defined" ? "GET, PUT" : undefined);
    }
  }
});
