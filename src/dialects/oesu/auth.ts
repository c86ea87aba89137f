import type { Customer } from "../../core/customer.ts";
import type { DialectContext, DialectRequest, DialectResponse } from "../dialect.ts";
import { sentence } from "./answer.ts";
import type { LoginRequest, OesuRequest } from "./decode.ts";
import { ProtocolError } from "./errors.ts";

/** Too many wrong attempts. It is no result: a result lets clients forget the name of the system and their charts. */
const throttled = { ...sentence(429, "Too many attempts. Wait a minute."), refusal: { error: "throttled" } };

type Refused = ProtocolError | DialectResponse;

/** The key of a customer who logs in. Refused with `userUnknown` (4), `passwordWrong` (6), or the status 429. */
export async function findLoginKey(
  { address }: DialectRequest,
  { authenticator, organization }: DialectContext,
  { usernames, passwords }: LoginRequest,
): Promise<string | Refused> {
  const found = await authenticator.identifyCustomer(organization.id, usernames, passwords, address);
  if (typeof found === "string") return refusalOf(found);
  const [key] = found.loginKeys;
  return key ?? new ProtocolError("passwordWrong");
}

/** The customer who presents a key. Refused with `userUnknown` (4), `passwordWrong` (6), or the status 429. */
export async function admit(
  { address }: DialectRequest,
  { authenticator, organization }: DialectContext,
  { usernames, key }: Exclude<OesuRequest, LoginRequest>,
): Promise<Customer | Refused> {
  const found = await authenticator.identifyKeyHolder(organization.id, usernames, key, address);
  return typeof found === "string" ? refusalOf(found) : found;
}

function refusalOf(reason: "login_unknown" | "credentials_wrong" | "throttled"): Refused {
  if (reason === "throttled") return throttled;
  return new ProtocolError(reason === "login_unknown" ? "userUnknown" : "passwordWrong");
}
