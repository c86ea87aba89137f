import { hashPassword, passwordLengthMax } from "../access/password.ts";
import { type Customer, customerNameLengthMax } from "../core/customer.ts";
import type { FoundCustomer } from "../queries/customers.ts";
import type { Cursor } from "../queries/pages.ts";
import { Problem } from "./problem.ts";
import { type Asked, listRoute, refused, reply, route } from "./route.ts";
import { named, nullable, object, optional, text, type ValueOfSchema } from "./schema.ts";
import { seesAll } from "./sight.ts";
import { id, metadata, writeMetadata } from "./values.ts";

const resource = "customers";
const searchLengthMin = 3;
const passwordLengthMin = 8;

const name = text(
  { minLength: 1, maxLength: customerNameLengthMax },
  { description: "A mail address, or any other name that is unique.", examples: ["ada@example.com"] },
);
const password = text(
  { minLength: passwordLengthMin, maxLength: passwordLengthMax },
  { description: "With which the customer logs in. It is never told." },
);
const displayName = text({ maxLength: customerNameLengthMax }, { description: "How the customer is addressed." });
const customer = {
  id: id("the customer"),
  name,
  displayName,
};
const listedSchema = named("ListedCustomer", object(customer));
const customerSchema = named("Customer", object({ ...customer, metadata: nullable(metadata) }));

function writeListed({ id: number, name: its, displayName }: Customer): ValueOfSchema<typeof listedSchema> {
  return { id: String(number), name: its, displayName };
}

function writeCustomer(found: FoundCustomer): ValueOfSchema<typeof customerSchema> {
  return { ...writeListed(found), metadata: writeMetadata(found.metadata) };
}

/** The customer with this id, if the caller sees it. */
export async function findCustomer(
  { principal, queries, organizationId }: Asked,
  written: string,
): Promise<FoundCustomer | undefined> {
  const found = await queries.customers.findById(organizationId, Number(written));
  return found?.ownerId === principal.ownerScope && seesAll(principal) ? found : undefined;
}

const listed: ValueOfSchema<typeof listedSchema> = { id: "7", name: "ada@example.com", displayName: "Ada Lovelace" };
const example: ValueOfSchema<typeof customerSchema> = { ...listed, metadata: null };
const params = { id: id("the customer") };

export const customerRoutes = [
  listRoute({
    path: "/customers",
    name: "listCustomers",
    resource,
    summary: "List or search customers",
    description:
      "Ascending by id. `q` finds those whose name, display name, or the last word of that begins with the text, in any case of letters, in alphabetical order. A token with limits sees none.",
    scope: "read_customers",
    query: {
      name: optional(name),
      q: optional(
        text(
          { minLength: searchLengthMin, maxLength: customerNameLengthMax },
          { description: "The beginning of a name." },
        ),
      ),
    },
    pages: "text",
    answer: { status: 200, schema: listedSchema },
    example: { query: { q: "ada" }, answer: listed },
    async handle({ query, page, principal, queries, organizationId }) {
      if (!seesAll(principal)) return refused("not_permitted");
      const ownerId = principal.ownerScope;
      if (query.name !== undefined) {
        if (query.q !== undefined) return new Problem("request_invalid", "query", "A name stands alone.");
        const found = await queries.customers.byName(organizationId, query.name);
        return reply(found === undefined || found.ownerId !== ownerId ? [] : [writeListed(found)]);
      }
      const { limit, after } = page;
      const isSearch = query.q !== undefined;
      if (after !== undefined && !(isSearch ? /^\d \d{1,15} / : /^\d{1,15}$/).test(after)) {
        return new Problem("request_invalid", "query/cursor", "It is no cursor of this list.");
      }
      if (isSearch && query.q.trim().length < searchLengthMin) {
        return new Problem(
          "request_invalid",
          "query/q",
          `It must have ${searchLengthMin} characters that are no blanks.`,
        );
      }
      const asked = { limit, ...(after === undefined ? {} : { after: after as Cursor<never> }) };
      const { rows, next } = isSearch
        ? await queries.customers.search(organizationId, { ownerId, text: query.q }, asked)
        : await queries.customers.list(organizationId, { ownerId }, asked);
      return reply(rows.map(writeListed), { next });
    },
  }),

  route({
    method: "GET",
    path: "/customers/{id}",
    name: "getCustomer",
    resource,
    summary: "Get a customer",
    scope: "read_customers",
    params,
    answer: { status: 200, schema: customerSchema },
    problems: ["customer_not_found"],
    example: { params: { id: "7" }, answer: example },
    async handle(call) {
      const found = await findCustomer(call, call.params.id);
      return found === undefined ? refused("customer_not_found") : reply(writeCustomer(found), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/customers",
    name: "createCustomer",
    resource,
    summary: "Create a customer",
    description:
      "Whoever is issued an entitlement or buys one becomes a customer without this. Without a password the customer cannot log in.",
    scope: "manage_customers",
    body: named("NewCustomer", object({ name, displayName: optional(displayName), password: optional(password) })),
    answer: { status: 201, schema: customerSchema },
    verbs: ["create_customer"],
    example: {
      body: { name: "ada@example.com", displayName: "Ada Lovelace" },
      answer: example,
    },
    async handle({ body, principal, execute }) {
      const outcome = await execute({
        verb: "create_customer",
        name: body.name,
        ...(body.displayName === undefined ? {} : { displayName: body.displayName }),
        ownerId: principal.ownerScope,
        ...(body.password === undefined ? {} : { passwordHash: await hashPassword(body.password) }),
      });
      if (!outcome.ok) return outcome;
      const made = outcome.value.customer;
      return reply(writeCustomer({ ...made, metadata: null }), { location: `/customers/${made.id}`, isTagged: true });
    },
  }),

  route({
    method: "PATCH",
    path: "/customers/{id}",
    name: "changeCustomer",
    resource,
    summary: "Change a customer",
    description: "Fields that are absent keep their values. What the customer holds stays.",
    scope: "manage_customers",
    params,
    body: named(
      "CustomerChange",
      object({ name: optional(name), displayName: optional(displayName), metadata: optional(nullable(metadata)) }),
    ),
    answer: { status: 200, schema: customerSchema },
    verbs: ["change_customer"],
    example: {
      params: { id: "7" },
      body: { metadata: { order: "A-1001" } },
      answer: { ...example, metadata: { order: "A-1001" } },
    },
    async handle(call) {
      const found = await findCustomer(call, call.params.id);
      if (found === undefined) return refused("customer_not_found");
      const { name: newName, ...changes } = call.body;
      const renaming = newName === undefined ? {} : { newName };
      const outcome = await call.execute({ verb: "change_customer", name: found.name, ...renaming, ...changes });
      return outcome.ok
        ? reply(writeCustomer({ ...found, ...changes, ...outcome.value.customer }), { isTagged: true })
        : outcome;
    },
  }),

  route({
    method: "PUT",
    path: "/customers/{id}/password",
    name: "changeCustomerPassword",
    resource,
    summary: "Change the password of a customer",
    description: "`null` takes it away. The customer has to log in again.",
    scope: "manage_customers",
    params,
    body: named("CustomerPassword", object({ password: nullable(password) })),
    answer: { status: 200, schema: customerSchema },
    verbs: ["change_customer_password"],
    example: { params: { id: "7" }, body: { password: null }, answer: example },
    async handle(call) {
      const found = await findCustomer(call, call.params.id);
      if (found === undefined) return refused("customer_not_found");
      const given = call.body.password;
      const passwordHash = given === null ? null : await hashPassword(given);
      const outcome = await call.execute({ verb: "change_customer_password", name: found.name, passwordHash });
      return outcome.ok ? reply(writeCustomer({ ...found, ...outcome.value.customer })) : outcome;
    },
  }),
];
