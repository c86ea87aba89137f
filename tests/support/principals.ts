import { accessKeyPrincipal, anonymous, granted, operatorPrincipal } from "../../src/access/principals.ts";
import { permissions } from "../../src/core/permission.ts";
import type { Principal } from "../../src/core/principal.ts";

/** Somebody anonymous who may do everything, for tests that are not about who may do what. */
export const anybody: Principal = granted(anonymous, permissions);

export function owner(id: number): Principal {
  return operatorPrincipal({ id, login: `owner ${id}`, role: "owner" });
}

/** An access key, which may do everything, too. */
export function gate(id: number): Principal {
  return granted(accessKeyPrincipal({ id, gate: null }), permissions);
}
