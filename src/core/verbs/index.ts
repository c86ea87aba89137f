import type { Refusal } from "../refusal.ts";
import type { Verb } from "../verb.ts";
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
import { sell } from "./sell.ts";
import { topUp } from "./top-up.ts";

/** Every verb. A new verb is a file and a line here. */
export const verbs = {
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
} as const;

/** The verb of a command. The table above pairs them, which the type of a look-up cannot express. */
export function verbOf(command: {
  readonly verb: keyof typeof verbs;
}): Verb<string, unknown, unknown, Refusal, string> {
  return verbs[command.verb];
}
