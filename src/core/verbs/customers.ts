import {
  type Customer,
  customerIdentity,
  customerMetadata,
  customerNameLengthMax,
  customerPasswords,
  customers,
  customersNumbered,
  customerTerms,
} from "../customer.ts";
import { givenNumbers, isGivenNumber } from "../given-number.ts";
import { aboutSetup, type Plain } from "../log-entry.ts";
import { isMetadata, keptMetadata, type Metadata } from "../metadata.ts";
import { isOwner, namedOwner } from "../operator.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface CreateCustomer {
  readonly name: string;
  /** The reseller to whom the customer belongs; `null` for the house. */
  readonly ownerId: number | null;
  /** The name by which the customer is addressed; unknown when absent. */
  readonly displayName?: string;
  /** The number of a customer that comes from another server. When absent, a new number is used. */
  readonly id?: number;
  /** A customer without a password cannot log in. */
  readonly passwordHash?: string;
}

/** Creates a customer. */
export const createCustomer = verb<CreateCustomer, { readonly customer: Customer }>()({
  name: "create_customer",
  permission: "manage_customers",
  refusals: ["operator_not_found", "name_invalid", "number_invalid", "customer_exists", "number_taken"],
  logs: ["customer_created"],

  needs: ({ name, ownerId, id }) => ({
    read: [namedOwner(ownerId), customers.at(customerIdentity(name)), customersNumbered.at(...givenNumbers(id))],
    fresh: [[customers, id === undefined ? 1 : 0]],
  }),

  decide(state, { ownerId, passwordHash, ...given }, { nowMs, fresh }) {
    if (!isOwner(state, ownerId)) return refuse("operator_not_found");
    const name = given.name.trim();
    const displayName = given.displayName?.trim() ?? "";
    if (!areNames(name, displayName)) return refuse("name_invalid");
    if (given.id !== undefined && !isGivenNumber(given.id)) return refuse("number_invalid");
    if (state.get(customers, customerIdentity(name)) !== undefined) return refuse("customer_exists");
    if (given.id !== undefined && state.find(customersNumbered, given.id).length > 0) return refuse("number_taken");
    const customer: Customer = { id: given.id ?? fresh(customers), name, ownerId, displayName };
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

/** Absent members keep their value. */
interface ChangeCustomer extends Partial<Pick<Customer, "displayName" | "ownerId">> {
  readonly name: string;
  readonly newName?: string;
  /** Replaces all that the integrator keeps of the customer; `null` for nothing. */
  readonly metadata?: Metadata | null;
}

/**
 * Changes the name, the form of address or the reseller of a customer, or what the integrator keeps of it. What the
 * customer holds, and its number, stay.
 */
export const changeCustomer = verb<ChangeCustomer, { readonly customer: Customer }>()({
  name: "change_customer",
  permission: "manage_customers",
  refusals: ["operator_not_found", "customer_not_found", "name_invalid", "text_invalid", "customer_exists"],
  logs: ["customer_changed"],

  needs: ({ name, newName, ownerId = null }) => ({
    lock: [customers.at(customerIdentity(name))],
    read: [namedOwner(ownerId), ...(newName === undefined ? [] : [customers.at(customerIdentity(newName))])],
  }),

  decide(state, { name, newName, metadata: given, ...changes }, { nowMs }) {
    if (!isOwner(state, changes.ownerId ?? null)) return refuse("operator_not_found");
    const before = state.get(customers, customerIdentity(name));
    if (before === undefined) return refuse("customer_not_found");
    const { ownerId = before.ownerId } = changes;
    const customer: Customer = {
      id: before.id,
      name: newName?.trim() ?? before.name,
      ownerId,
      displayName: changes.displayName?.trim() ?? before.displayName,
    };
    if (!areNames(customer.name, customer.displayName)) return refuse("name_invalid");
    if (given !== undefined && given !== null && !isMetadata(given)) return refuse("text_invalid");
    const metadata = given && keptMetadata(given);
    const isRenamed = customerIdentity(customer.name) !== customerIdentity(before.name);
    if (isRenamed && state.get(customers, customerIdentity(customer.name)) !== undefined)
      return refuse("customer_exists");
    const detail: Record<string, Plain> = { customer: before.name, number: before.id };
    for (const member of ["name", "displayName", "ownerId"] as const) {
      if (before[member] !== customer[member]) detail[member] = { from: before[member], to: customer[member] };
    }
    if (metadata !== undefined) detail.metadata = metadata;
    if (Object.keys(detail).length === 2) return accept({ customer });
    return accept(
      { customer },
      [
        // The key of the row is its name, so the new name is a row of another noun.
        put(customers, { ...before, displayName: customer.displayName }),
        put(customerTerms, { customerId: customer.id, name: customer.name, ownerId }),
        ...(metadata === undefined ? [] : [put(customerMetadata, { customerId: customer.id, metadata })]),
      ],
      [aboutSetup("customer_changed", detail, nowMs)],
    );
  },
});

function areNames(name: string, displayName: string): boolean {
  return name !== "" && name.length <= customerNameLengthMax && displayName.length <= customerNameLengthMax;
}

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
