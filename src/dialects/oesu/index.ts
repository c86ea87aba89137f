import { type Dialect, type Fault, withAllow } from "../dialect.ts";
import { sentence } from "./answer.ts";
import { commandLine } from "./command-line.ts";
import { bodyBytesMax } from "./decode.ts";
import { keysPath, packagePath, serveKeys, servePackage } from "./downloads.ts";
import { chartPackages } from "./package-format.ts";
import { serveTask } from "./tasks.ts";

/** Another protocol is served at the same path; the parameter tells them apart. */
const shop = "/shop/index.php?controller=apioesu";

/** The shop of o-charts as today's plugin knows it; SPEC.md beside this file lists its clauses and our choices. */
export const oesu: Dialect = {
  name: "oesu",
  ...commandLine,
  prefixes: [shop, "/shop/package", "/shop/keys"],
  bodyBytesMax,
  packageFormats: [chartPackages],
  routes: [
    { method: "POST", path: shop, clause: "2: every task", handle: serveTask },
    { method: "GET", path: packagePath, clause: "4: link", handle: servePackage },
    { method: "GET", path: keysPath, clause: "4: chartKeysLink", handle: serveKeys },
  ],

  fault: (fault) => withAllow(sentence(...sentences[fault.kind]), fault),
};

/** No fault is answered with a result: clients would forget what they have. */
const sentences: Record<Fault["kind"], readonly [status: number, text: string]> = {
  body_too_large: [413, "The request is too large."],
  coding_unknown: [415, "The coding of the request is not known."],
  request_broken: [400, "The request cannot be read."],
  path_unknown: [404, "There is nothing here. Take the link as it is."],
  method_not_defined: [405, "This is not how it is asked for."],
  unavailable: [503, "The server cannot look this up at the moment. Try again soon."],
  busy: [503, "The server is busy at the moment. Try again soon."],
  broken: [503, "Something broke on the server. Try again, or tell whoever runs it."],
};
