import type { Command, Verb } from "../command.ts";
import type { Circumstances, Decision, Needs, State } from "../state.ts";
import { addEdition } from "./add-edition.ts";
import { addStock } from "./add-stock.ts";
import { bind, unbind } from "./bind.ts";
import { changeProduct } from "./change-product.ts";
import { createProduct } from "./create-product.ts";
import { createToken } from "./create-token.ts";
import { endDelivery, finishDelivery, requestDelivery } from "./deliveries.ts";
import { changeDevice, registerDevice } from "./devices.ts";
import { issue } from "./issue.ts";
import { redeem } from "./redeem.ts";
import { retireProduct } from "./retire-product.ts";
import { revoke } from "./revoke.ts";
import type { Rule } from "./rule.ts";
import { sell } from "./sell.ts";
import { topUp } from "./top-up.ts";

/** Every verb and its rule; the compiler sees to it that none is missing. */
const rules: { readonly [V in Verb]: Rule<V> } = {
  create_product: createProduct,
  change_product: changeProduct,
  retire_product: retireProduct,
  issue,
  redeem,
  revoke,
  add_stock: addStock,
  sell,
  top_up: topUp,
  bind,
  unbind,
  add_edition: addEdition,
  register_device: registerDevice,
  change_device: changeDevice,
  request_delivery: requestDelivery,
  finish_delivery: finishDelivery,
  end_delivery: endDelivery,
  create_token: createToken,
};

/** The rule of a command's own verb. The table above pairs them, which the type of a look-up cannot express. */
function ruleOf(command: Command): Rule<Verb> {
  return rules[command.verb] as Rule<Verb>;
}

/** The rows that a command names; they must be locked and in the state before it is decided. */
export function needsOf(command: Command, codes: readonly string[]): Needs {
  return ruleOf(command).needs(command, codes);
}

/** What becomes of a command in this state and these circumstances. Pure; refusals are values. */
export function decide(state: State, command: Command, circumstances: Circumstances): Decision {
  return ruleOf(command).decide(state, command, circumstances);
}
