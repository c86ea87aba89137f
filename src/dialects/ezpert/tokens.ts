import { type Act, jsonAnswer, orderOf } from "./answer.ts";
import { readLifetimeSeconds } from "./decode.ts";
import { Failure, failureOf } from "./refusals.ts";

/**
 * Token: a token that stands for the caller's password for a while; `expires` is in milliseconds since 1970. Asked for
 * again it is another one: an `Idempotency-Key` would keep its text, which is nowhere kept.
 */
export const createToken: Act = async (call) => {
  const seconds = readLifetimeSeconds(call.fields);
  if (seconds instanceof Failure) return seconds;
  const { id: operatorId, login } = call.operator;
  const command = { verb: "create_token", operatorId, login, lifetimeMs: seconds * 1000 } as const;
  const outcome = await call.context.engine.execute(orderOf(call, command));
  if (!outcome.ok) return failureOf(outcome.refusal);
  const { token, expiresAtMs } = outcome.value;
  return jsonAnswer({ access_token: token, token_type: "", expires: expiresAtMs });
};
