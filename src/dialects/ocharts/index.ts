import { systemNamed } from "../../kinds/chart/system-name.ts";
import { type Dialect, type Fault, withAllow } from "../dialect.ts";
import { refuse } from "./answer.ts";
import { commandLine } from "./command-line.ts";
import { bodyBytesMax } from "./decode.ts";
import { chartSets } from "./delivery-format.ts";
import { downloadPath, sentence, serveDownload, servePermitKey } from "./downloads.ts";
import { type ErrorName, ProtocolError } from "./errors.ts";
import { mailDelivery } from "./mails/delivery.ts";
import { serveTask } from "./tasks.ts";

const shop = "/shop/index.php";

/** The shop of o-charts; SPEC.md beside this file lists its clauses and our choices. */
export const ocharts: Dialect = {
  name: "ocharts",
  ...commandLine,
  prefixes: [shop, "/shop/download", "/shop/permit-key.pem"],
  bodyBytesMax,
  tasks: [mailDelivery],
  deviceKinds: [{ kind: "system", named: systemNamed }],
  deliveryFormats: [chartSets],
  routes: [
    { method: "POST", path: shop, clause: "1, 2, 4 to 7: every task, as clients send it", handle: serveTask },
    { method: "PUT", path: shop, clause: "1, 2, 4 to 7: every task, as it is written", handle: serveTask },
    { method: "GET", path: downloadPath, clause: "4 b6: link", handle: serveDownload },
    { method: "GET", path: "/shop/permit-key.pem", clause: "extension: permits", handle: servePermitKey },
  ],

  fault(fault, _organization, path) {
    const isTask = path.toLowerCase().startsWith(shop);
    return isTask
      ? refuse(new ProtocolError(errorNames[fault.kind]))
      : withAllow(sentence(...sentences[fault.kind]), fault);
  },
};

/** The errors of faults at tasks, with the status 200: of any other answer clients show the status only. */
const errorNames: Record<Fault["kind"], ErrorName> = {
  body_too_large: "fileArgumentsBad",
  coding_unknown: "wrongData",
  request_broken: "wrongData",
  path_unknown: "notSupported",
  method_not_defined: "notSupported",
  unavailable: "databaseError",
  busy: "databaseError",
  broken: "databaseError",
};

/** The answers to faults at downloads, for people. */
const sentences: Record<Fault["kind"], readonly [status: number, text: string]> = {
  body_too_large: [413, "The request is too large."],
  coding_unknown: [415, "The coding of the request is not known."],
  request_broken: [400, "The request cannot be read."],
  path_unknown: [404, "There is nothing here. Take the download link from the chart list as it is."],
  method_not_defined: [405, "This can only be read."],
  unavailable: [503, "The server cannot look this up at the moment. Try again soon."],
  busy: [503, "The server is busy at the moment. Try again soon."],
  broken: [500, "Something broke on the server. Try again, or tell whoever runs it."],
};
