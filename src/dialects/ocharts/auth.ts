import type { Customer } from "../../core/customer.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import type { LoginRequest, OchartsRequest } from "./decode.ts";
import { ProtocolError } from "./errors.ts";

/** The errors for reasons of the authenticator. */
const unknown = { login_unknown: "userUnknown", throttled: "forbidden" } as const;

/** The key of a customer who logs in. Refused with `userUnknown` (4), `passwordWrong` (5) or `forbidden` (9:300). */
export async function findLoginKey(
  { address }: DialectRequest,
  { authenticator, organization }: DialectContext,
  { usernames, passwords }: LoginRequest,
): Promise<string | ProtocolError> {
  const found = await authenticator.identifyCustomer(organization.id, usernames, passwords, address);
  if (typeof found === "string") {
    return new ProtocolError(found === "credentials_wrong" ? "passwordWrong" : unknown[found]);
  }
  const [key] = found.loginKeys;
  return key ?? new ProtocolError("passwordWrong");
}

/** The customer who presents a key. Refused with `userUnknown` (4), `keyWrong` (6) or `forbidden` (9:300). */
export async function admit(
  { address }: DialectRequest,
  { authenticator, organization }: DialectContext,
  { usernames, key }: Exclude<OchartsRequest, LoginRequest>,
): Promise<Customer | ProtocolError> {
  const found = await authenticator.identifyKeyHolder(organization.id, usernames, key, address);
  if (typeof found !== "string") return found;
  return new ProtocolError(found === "credentials_wrong" ? "keyWrong" : unknown[found]);
}
