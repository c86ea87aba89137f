import type { Refusal } from "../refusal.ts";
import type { Verb } from "../verb.ts";
import { addEdition } from "./add-edition.ts";
import { addStock } from "./add-stock.ts";
import { bind, unbind } from "./bind.ts";
import { changeEdition } from "./change-edition.ts";
import { changeEntitlement, extend } from "./change-entitlement.ts";
import { changeCustomer, changeCustomerPassword, createCustomer } from "./customers.ts";
import { endDelivery, finishDelivery, requestDelivery } from "./deliveries.ts";
import { addDeviceGroup, changeDeviceGroup, removeDeviceGroup } from "./device-groups.ts";
import { changeDevice, registerDevice } from "./devices.ts";
import { changeGate, createGate, retireGate } from "./gates.ts";
import { hold, release } from "./holds.ts";
import { issue } from "./issue.ts";
import { changeOperator, createOperator, removeOperator } from "./operators.ts";
import { changeCurrency, changeDefaultCurrency, changeOrganization, createOrganization } from "./organizations.ts";
import { makePackages, offerPackage, requestEdition } from "./packages.ts";
import { addPhone, changePhone, removePhone } from "./phones.ts";
import { closeProduct, reopenProduct, restoreProduct, retireProduct } from "./product-life.ts";
import { changeProduct, createProduct } from "./products.ts";
import { rebind } from "./rebind.ts";
import { redeem } from "./redeem.ts";
import { reissue } from "./reissue.ts";
import { renew } from "./renew.ts";
import { refundCard, returnCard, undoTopUp, voidSale } from "./reverse.ts";
import { revoke } from "./revoke.ts";
import { sell } from "./sell.ts";
import { changeSetting } from "./settings.ts";
import { stateHistory } from "./state-history.ts";
import { changeResellerTerms, changeStockTerms } from "./stock-terms.ts";
import { reinstate, suspend } from "./suspend.ts";
import { createToken, revokeToken, revokeTokensOf } from "./tokens.ts";
import { topUp } from "./top-up.ts";
import { transfer } from "./transfer.ts";
import { undo } from "./undo.ts";

/** Every verb. A new verb is a file and a line here. */
export const verbs = {
  create_product: createProduct,
  change_product: changeProduct,
  close_product: closeProduct,
  reopen_product: reopenProduct,
  retire_product: retireProduct,
  restore_product: restoreProduct,
  create_gate: createGate,
  change_gate: changeGate,
  retire_gate: retireGate,
  issue,
  hold,
  release,
  redeem,
  undo,
  revoke,
  suspend,
  reinstate,
  extend,
  renew,
  transfer,
  reissue,
  change_entitlement: changeEntitlement,
  add_stock: addStock,
  sell,
  top_up: topUp,
  void_sale: voidSale,
  return_card: returnCard,
  refund_card: refundCard,
  undo_top_up: undoTopUp,
  change_stock_terms: changeStockTerms,
  change_reseller_terms: changeResellerTerms,
  state_history: stateHistory,
  bind,
  unbind,
  rebind,
  add_edition: addEdition,
  change_edition: changeEdition,
  register_device: registerDevice,
  change_device: changeDevice,
  make_packages: makePackages,
  offer_package: offerPackage,
  request_edition: requestEdition,
  request_delivery: requestDelivery,
  finish_delivery: finishDelivery,
  end_delivery: endDelivery,
  create_organization: createOrganization,
  change_organization: changeOrganization,
  change_currency: changeCurrency,
  change_default_currency: changeDefaultCurrency,
  change_setting: changeSetting,
  create_operator: createOperator,
  change_operator: changeOperator,
  remove_operator: removeOperator,
  create_token: createToken,
  revoke_token: revokeToken,
  revoke_tokens: revokeTokensOf,
  create_customer: createCustomer,
  change_customer: changeCustomer,
  change_customer_password: changeCustomerPassword,
  add_phone: addPhone,
  change_phone: changePhone,
  remove_phone: removePhone,
  add_device_group: addDeviceGroup,
  change_device_group: changeDeviceGroup,
  remove_device_group: removeDeviceGroup,
} as const;

/** The verb of a command. The table above pairs them, which the type of a look-up cannot express. */
export function verbOf(command: {
  readonly verb: keyof typeof verbs;
}): Verb<string, unknown, unknown, Refusal, string> {
  return verbs[command.verb];
}
