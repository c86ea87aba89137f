import { type CallHandler, jsonAnswer } from "./answer.ts";
import { readLifetimeSeconds } from "./decode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";

/**
 * Token: a token that stands for the caller's password for a while; `expires` is in milliseconds since 1970. Every
 * request makes another one. An `Idempotency-Key` is ignored: the kept answer would hold the token's text.
 */
export const createToken: CallHandler = async ({ context, fields, operator, principal }) => {
  const seconds = readLifetimeSeconds(fields);
  if (seconds instanceof ProtocolError) return seconds;
  const { id: operatorId, login } = operator;
  const command = { verb: "create_token", operatorId, login, lifetimeMs: seconds * 1000 } as const;
  const outcome = await context.execute(principal, command);
  if (!outcome.ok) return protocolErrorOf(outcome.refusal);
  const { token, expiresAtMs } = outcome.value;
  return jsonAnswer({ access_token: token, token_type: "", expires: expiresAtMs });
};
