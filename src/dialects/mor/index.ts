import type { Dialect, Fault, Handler, Route } from "../dialect.ts";
import { respond, signed, unsigned } from "./answer.ts";
import { addPayment, createCards, getBalance, listCards, sellCards } from "./cards.ts";
import { commandLine } from "./command-line.ts";
import { bodyBytesMax } from "./decode.ts";
import { getDevice, listDevices } from "./devices.ts";
import { type ErrorName, ProtocolError } from "./errors.ts";
import { getGroup, listGroups } from "./groups.ts";
import { logIn, logOut } from "./login.ts";
import { mailSale } from "./mails/sale.ts";
import { settings } from "./settings.ts";

/** A call: its names, the current one first, the page that documents it, and its handler. */
interface Method {
  readonly names: readonly string[];
  readonly clause: string;
  /** Whether it changes something: then HEAD is not defined. */
  readonly changes?: true;
  readonly handle: Handler;
}

const methods: readonly Method[] = [
  {
    names: ["card_from_group_sell", "buy_card_from_callingroup"],
    changes: true,
    clause: "MOR API card from group sell",
    handle: signed("sell", ["email", "id", "quantity"], sellCards),
  },
  {
    names: ["devices_get", "device_list"],
    clause: "MOR API devices get",
    handle: signed("read_customers", ["user_id"], listDevices, { packed: true }),
  },
  {
    names: ["device_details_get"],
    clause: "MOR API device details get",
    handle: signed("read_customers", ["device_id"], getDevice),
  },
  {
    names: ["card_group_get", "show_calling_card_group"],
    clause: "MOR API card group get",
    handle: signed("read_stock", ["id"], getGroup),
  },
  { names: ["cc_groups_get"], clause: "MOR API Card Groups get", handle: signed("read_stock", [], listGroups) },
  { names: ["calling_cards_get"], clause: "MOR API Calling Cards get", handle: signed("read_stock", [], listCards) },
  {
    names: ["calling_cards_create"],
    changes: true,
    clause: "MOR API Calling Cards create",
    handle: signed("manage_stock", ["card_group_id", "cards_from", "cards_till"], createCards),
  },
  {
    names: ["card_balance_get"],
    clause: "MOR API card balance get",
    handle: signed("read_stock", ["number"], getBalance),
  },
  {
    names: ["card_payment_add"],
    changes: true,
    clause: "MOR API card payment add",
    handle: signed("sell", ["description", "number", "amount", "currency"], addPayment),
  },
  { names: ["user_login", "login"], clause: "MOR API user login", handle: unsigned(logIn) },
  { names: ["user_logout", "logout"], clause: "MOR API user logout", handle: unsigned(logOut) },
];

/** The API of the MOR billing system; SPEC.md beside this file lists its clauses and our choices. */
export const mor: Dialect = {
  name: "mor",
  ...commandLine,
  prefixes: ["/billing/api"],
  bodyBytesMax,
  tasks: [mailSale],
  // A phone is told by its number alone, so nobody names one.
  deviceKinds: [{ kind: "phone", named: (name) => ({ kind: "phone", name, identity: null }) }],
  routes: methods.flatMap(({ names, ...method }) =>
    names.flatMap((name): Route[] => [
      { method: "POST", path: `/billing/api/${name}`, ...method },
      { method: "GET", path: `/billing/api/${name}`, ...method },
    ]),
  ),

  fault(fault, organization) {
    return respond(new ProtocolError(faults[fault.kind]), settings.read(organization?.settings), false);
  },
};

const faults: Record<Fault["kind"], ErrorName> = {
  body_too_large: "requestTooLarge",
  coding_unknown: "requestBroken",
  request_broken: "requestBroken",
  path_unknown: "methodNotFound",
  method_not_defined: "postOnly",
  unavailable: "unavailable",
  busy: "unavailable",
  broken: "broken",
};
