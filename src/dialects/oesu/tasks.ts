import type { DialectContext, DialectRequest, DialectResponse, Handler } from "../dialect.ts";
import { type Call, refuse, respond, sentence } from "./answer.ts";
import { assignChart } from "./assign.ts";
import { admit, findLoginKey } from "./auth.ts";
import { isOlder, readRequest } from "./decode.ts";
import { successDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { listCharts } from "./list.ts";
import { requestEdition } from "./request.ts";
import { settings as oesuSettings } from "./settings.ts";
import { identifySystem, uploadFingerprint } from "./systems.ts";

/** Serves every task; the body names it. */
export const serveTask: Handler = async (request, context) => {
  const result = await carryOut(request, context);
  if (typeof result === "string") return respond(result);
  return result instanceof ProtocolError ? refuse(result) : result;
};

/** Errors are looked for in this order: in the request, the client, the customer, and then by the task. */
async function carryOut(
  request: DialectRequest,
  context: DialectContext,
): Promise<string | ProtocolError | DialectResponse> {
  const settings = oesuSettings.read(context.organization.settings);
  const sent = readRequest(request);
  const isMaintained = settings.maintenance === "on";
  if (isMaintained && (sent instanceof ProtocolError || sent.task !== "getlist")) return maintained;
  if (sent instanceof ProtocolError) return sent;
  const { minVersion } = settings;
  if (minVersion !== "none" && isOlder(sent.version, minVersion)) return new ProtocolError("versionOld");
  if (sent.task === "login") {
    const key = await findLoginKey(request, context, sent);
    return typeof key === "string" ? successDocument("key", key) : key;
  }
  const customer = await admit(request, context, sent);
  if ("status" in customer || customer instanceof ProtocolError) return isMaintained ? maintained : customer;
  const call: Call = { request, context, settings, customer };
  switch (sent.task) {
    case "getlist":
      return listCharts(call);
    case "identifySystem":
      return identifySystem(call, sent);
    case "xfpr":
      return uploadFingerprint(call, sent);
    case "assign":
      return assignChart(call, sent);
    case "request":
      return requestEdition(call, sent);
  }
}

const maintained: DialectResponse = {
  ...sentence(503, "The chart server is being maintained. Try again later."),
  refusal: { error: "maintenance" },
};
