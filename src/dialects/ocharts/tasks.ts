import type { DialectContext, DialectRequest, Handler } from "../dialect.ts";
import { type Call, refuse, respond } from "./answer.ts";
import { admit, findLoginKey } from "./auth.ts";
import { assignChart, listCharts, requestChart } from "./charts.ts";
import { isOlder, readRequest } from "./decode.ts";
import { successDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { settings as ochartsSettings } from "./settings.ts";
import { identifySystem, uploadFingerprint } from "./systems.ts";

/** Serves every task; the body names it. */
export const serveTask: Handler = async (request, context) => {
  const result = await carryOut(request, context);
  return result instanceof ProtocolError ? refuse(result) : respond(result);
};

/** Errors are looked for in this order: in the request, the client, the customer, and then by the task. */
async function carryOut(request: DialectRequest, context: DialectContext): Promise<string | ProtocolError> {
  const settings = ochartsSettings.read(context.organization.settings);
  if (settings.maintenance === "on") return new ProtocolError("maintenance");
  const sent = readRequest(request);
  if (sent instanceof ProtocolError) return sent;
  const { minVersion } = settings;
  if (minVersion !== "none" && isOlder(sent.version, minVersion)) return new ProtocolError("versionOld");
  if (sent.task === "login") {
    const key = await findLoginKey(request, context, sent);
    return key instanceof ProtocolError ? key : successDocument("key", key);
  }
  const customer = await admit(request, context, sent);
  if (customer instanceof ProtocolError) return customer;
  const call: Call = { request, context, settings, customer };
  switch (sent.task) {
    case "getlist":
      return listCharts(call);
    case "xfpr":
      return uploadFingerprint(call, sent);
    case "assign":
      return assignChart(call, sent);
    case "request":
      return requestChart(call, sent);
    case "identifySystem":
      return identifySystem(call, sent);
  }
}
