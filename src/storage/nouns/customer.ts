import { type Customer, type CustomerPassword, customerPasswords, customers } from "../../core/customer.ts";
import { rows } from "../../engine/working-set.ts";
import { insertCustomers, readCustomers, updateCustomers, writeCustomerPasswords } from "../statements/customers.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

export const storedCustomers: StoredNoun<string, Customer> = {
  noun: customers,
  sequence: "customer_id_seq",

  async load({ runner, organizationId }, asked) {
    return [rows(customers, await readCustomers(runner, organizationId, asked.keys(customers)))];
  },

  *write({ runner, organizationId }, { added, changed }) {
    yield* unlessEmpty(added, (all) => insertCustomers(runner, organizationId, all));
    yield* unlessEmpty(changed, (all) => updateCustomers(runner, organizationId, all));
  },
};

/** A password is a column of its customer. */
export const storedCustomerPasswords: StoredNoun<number, CustomerPassword> = {
  noun: customerPasswords,

  *write({ runner, organizationId }, { added, changed }) {
    yield writeCustomerPasswords(runner, organizationId, [...added, ...changed]);
  },
};
