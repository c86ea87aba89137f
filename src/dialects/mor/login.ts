import type { DialectContext, DialectRequest } from "../dialect.ts";
import { open, refuseBySettings, settingsFor } from "./auth.ts";
import { actionDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";

/** `user_login`: checks `u` and `p`. There is no session: every other call carries its own hash. */
export async function logIn(request: DialectRequest, context: DialectContext): Promise<string | ProtocolError> {
  const found = await identify(request, context);
  if (found instanceof ProtocolError) return found;
  if (found === "throttled") {
    return actionDocument("login", "failed", { status_message: "Too many failed logins, please wait a minute" });
  }
  return found === "wrong"
    ? actionDocument("login", "failed", { status_message: "Login failed" })
    : actionDocument("login", "ok", { user_id: found, status_message: "Successfully logged in" });
}

/** `user_logout`: the same check, for clients that log out. */
export async function logOut(request: DialectRequest, context: DialectContext): Promise<string | ProtocolError> {
  const found = await identify(request, context);
  if (found instanceof ProtocolError) return found;
  return actionDocument("logout", typeof found === "number" ? "ok" : "failed");
}

/** The id of the operator with this login and password. */
async function identify(
  request: DialectRequest,
  context: DialectContext,
): Promise<number | "wrong" | "throttled" | ProtocolError> {
  const opened = await open(request, context);
  if (opened instanceof ProtocolError) return opened;
  const name = opened.read.shortest.get("u") ?? "";
  const password = opened.read.shortest.get("p") ?? "";
  if (name === "" || password === "") return "wrong";
  const { organization, authenticator, queries } = context;
  const identity = await authenticator.identify(organization.id, { login: { name, password } }, request.address);
  if (identity === "throttled") return "throttled";
  if (identity === "credentials_wrong" || identity.kind !== "operator") return "wrong";
  const operator = await queries.operators.byLogin(organization.id, name);
  if (operator === undefined) return "wrong";
  return refuseBySettings(request, settingsFor(opened.settings, operator)) ?? operator.id;
}
