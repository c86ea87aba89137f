import {
  type Customer,
  customerIdentity,
  customerMetadata,
  customerNameLengthMax,
  customerPasswords,
  customers,
} from "../customer.ts";
import { aboutSetup } from "../log-entry.ts";
import { isMetadata, keptMetadata, type Metadata } from "../metadata.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface CreateCustomer {
  readonly name: string;
  /** The reseller to whom the customer belongs; `null` for the house. */
  readonly ownerId: number | null;
  /** The number of a customer that comes from another server. When absent, a new number is used. */
  readonly id?: number;
  /** A customer without a password cannot log in. */
  readonly passwordHash?: string;
}

/** Creates a customer. */
export const createCustomer = verb<CreateCustomer, { readonly customer: Customer }>()({
  name: "create_customer",
  permission: "manage_customers",
  refusals: ["name_invalid", "customer_exists"],
  logs: ["customer_created"],

  needs: ({ name, id }) => ({
    read: [customers.at(customerIdentity(name))],
    fresh: [[customers, id === undefined ? 1 : 0]],
  }),

  decide(state, { ownerId, passwordHash, ...given }, { nowMs, fresh }) {
    const name = given.name.trim();
    if (name === "" || name.length > customerNameLengthMax) return refuse("name_invalid");
    if (state.get(customers, customerIdentity(name)) !== undefined) return refuse("customer_exists");
    const customer: Customer = { id: given.id ?? fresh(customers), name, ownerId, displayName: "" };
    return accept(
      { customer },
      [
        put(customers, customer),
        ...(passwordHash === undefined ? [] : [put(customerPasswords, { customerId: customer.id, passwordHash })]),
      ],
      [aboutSetup("customer_created", { customer: name, number: customer.id }, nowMs)],
    );
  },
});

interface ChangeCustomer {
  readonly name: string;
  /** Replace all that there are; `null` for none. */
  readonly metadata: Metadata | null;
}

/** Changes what the integrator keeps of a customer. */
export const changeCustomer = verb<ChangeCustomer, { readonly customer: Customer }>()({
  name: "change_customer",
  permission: "manage_customers",
  refusals: ["customer_not_found", "text_invalid"],
  logs: ["customer_changed"],

  needs: ({ name }) => ({ read: [customers.at(customerIdentity(name))] }),

  decide(state, { name, metadata: given }, { nowMs }) {
    const customer = state.get(customers, customerIdentity(name));
    if (customer === undefined) return refuse("customer_not_found");
    if (given !== null && !isMetadata(given)) return refuse("text_invalid");
    const metadata = keptMetadata(given);
    return accept(
      { customer },
      [put(customerMetadata, { customerId: customer.id, metadata })],
      [aboutSetup("customer_changed", { customer: customer.name, number: customer.id, metadata }, nowMs)],
    );
  },
});

interface ChangeCustomerPassword {
  readonly name: string;
  /** `null` takes the password away. */
  readonly passwordHash: string | null;
}

/** Changes or removes the password of a customer. Its clients have to log in again. */
export const changeCustomerPassword = verb<ChangeCustomerPassword, { readonly customer: Customer }>()({
  name: "change_customer_password",
  permission: "manage_customers",
  refusals: ["customer_not_found"],
  logs: ["customer_password_changed"],

  needs: ({ name }) => ({ read: [customers.at(customerIdentity(name))] }),

  decide(state, { name, passwordHash }, { nowMs }) {
    const customer = state.get(customers, customerIdentity(name));
    if (customer === undefined) return refuse("customer_not_found");
    const detail = { customer: customer.name, number: customer.id };
    return accept(
      { customer },
      [put(customerPasswords, { customerId: customer.id, passwordHash })],
      [aboutSetup("customer_password_changed", detail, nowMs)],
    );
  },
});
