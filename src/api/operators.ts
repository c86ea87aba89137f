import { hashPassword, passwordLengthMax } from "../access/password.ts";
import { canonicalLogin, operatorRoles, operators } from "../core/operator.ts";
import type { ListedOperator } from "../queries/operators.ts";
import { type Call, listRoute, refused, reply, route } from "./route.ts";
import { choice, named, nullable, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesOrganization } from "./sight.ts";
import { id, time, writeTime, writeTimeOrNull } from "./values.ts";

const resource = "operators";
export const passwordLengthMin = 10;

const login = text(
  { minLength: 1, maxLength: 100, pattern: "^[^\\s:]+$" },
  { description: "Neither blanks nor colons.", examples: ["ada"] },
);
const role = choice(operatorRoles);
const password = text({ minLength: passwordLengthMin, maxLength: passwordLengthMax });
const operator = named(
  "Operator",
  object({
    id: id("the operator"),
    login,
    role,
    createdAt: time("When it was made."),
    disabledAt: nullable(time("When it was shut out; `null` for an operator who may act.")),
  }),
);

const example: ValueOfSchema<typeof operator> = {
  id: "3",
  login: "ada",
  role: "accountant",
  createdAt: "2027-01-10T09:30:00.000Z",
  disabledAt: null,
};

function writeOperator(one: ListedOperator): ValueOfSchema<typeof operator> {
  return {
    id: String(one.id),
    login: one.login,
    role: one.role,
    createdAt: writeTime(one.createdAtMs),
    disabledAt: writeTimeOrNull(one.disabledAtMs),
  };
}

type Asked = Pick<Call<unknown, unknown, unknown>, "queries" | "organizationId">;

export async function findOperator({ queries, organizationId }: Asked, written: string) {
  const all = await queries.operators.all(organizationId);
  return all.find((one) => one.id === Number(written));
}

/** An operator as it is after a change. */
async function tell(call: Asked, number: number) {
  const now = await findOperator(call, String(number));
  return now === undefined ? refused("operator_not_found") : reply(writeOperator(now), { isTagged: true });
}

const byId = { id: id("the operator") };

export const operatorRoutes = [
  listRoute({
    path: "/operators",
    name: "listOperators",
    resource,
    summary: "List operators",
    description: "In the order of their logins, with those that are disabled.",
    scope: "read_settings",
    pages: "text",
    answer: { status: 200, schema: operator },
    problems: ["not_permitted"],
    example: { answer: example },
    async handle({ page, principal, queries, organizationId }) {
      if (!seesOrganization(principal)) return refused("not_permitted");
      const all = [...(await queries.operators.all(organizationId))].sort((a, b) => (a.login < b.login ? -1 : 1));
      const rest = all.filter((one) => one.login > (page.after ?? ""));
      const rows = rest.slice(0, page.limit);
      return reply(rows.map(writeOperator), { next: rest.length > rows.length ? rows.at(-1)?.login : undefined });
    },
  }),

  route({
    method: "GET",
    path: "/operators/{id}",
    name: "getOperator",
    resource,
    summary: "Get an operator",
    scope: "read_settings",
    params: byId,
    answer: { status: 200, schema: operator },
    problems: ["operator_not_found", "not_permitted"],
    example: { params: { id: "3" }, answer: example },
    async handle(call) {
      if (!seesOrganization(call.principal)) return refused("not_permitted");
      const found = await findOperator(call, call.params.id);
      return found === undefined ? refused("operator_not_found") : reply(writeOperator(found), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/operators",
    name: "createOperator",
    resource,
    summary: "Create an operator",
    description: "A repeated request is refused, since the login is taken then.",
    scope: "manage_operators",
    body: object({
      login,
      role,
      password,
      id: optional(id("the operator on the server from which it comes")),
    }),
    ignoresKey: true,
    answer: { status: 201, schema: operator },
    verbs: ["create_operator"],
    problems: ["operator_not_found"],
    example: { body: { login: "ada", role: "accountant", password: "not-the-real-one" }, answer: example },
    async handle(call) {
      const { password: given, id: number, ...terms } = call.body;
      const outcome = await call.execute({
        verb: "create_operator",
        ...terms,
        passwordHash: await hashPassword(given),
        ...(number === undefined ? {} : { id: Number(number) }),
      });
      if (!outcome.ok) return outcome;
      const told = await tell(call, outcome.value.operator.id);
      return told.ok ? { ...told, location: `/operators/${told.value.id}` } : told;
    },
  }),

  route({
    method: "PATCH",
    path: "/operators/{id}",
    name: "changeOperator",
    resource,
    summary: "Change an operator",
    description: "A new password, or shutting it out, ends all its tokens.",
    scope: "manage_operators",
    params: byId,
    body: object({
      role: optional(role),
      password: optional(password),
      disabled: optional(truth({ description: "Whether it is shut out." })),
    }),
    takesIfMatch: true,
    ignoresKey: true,
    answer: { status: 200, schema: operator },
    verbs: ["change_operator"],
    example: { params: { id: "3" }, body: { role: "auditor" }, answer: { ...example, role: "auditor" } },
    async handle(call) {
      const { role: to, password: given, disabled } = call.body;
      const before = await findOperator(call, call.params.id);
      if (before === undefined) return refused("operator_not_found");
      const outcome = await call.execute(
        {
          verb: "change_operator",
          login: before.login,
          ...(to === undefined ? {} : { role: to }),
          ...(given === undefined ? {} : { passwordHash: await hashPassword(given) }),
          ...(disabled === undefined ? {} : { isDisabled: disabled }),
        },
        (state) => {
          const locked = state.get(operators, canonicalLogin(before.login));
          return locked && writeOperator({ ...locked, createdAtMs: before.createdAtMs });
        },
      );
      return outcome.ok ? tell(call, before.id) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/operators/{id}/remove",
    name: "removeOperator",
    resource,
    summary: "Remove an operator",
    description: "With its tokens and settings. What it did stays in the log.",
    scope: "manage_operators",
    params: byId,
    answer: { status: 200, schema: operator },
    verbs: ["remove_operator"],
    example: { params: { id: "3" }, answer: example },
    async handle(call) {
      const before = await findOperator(call, call.params.id);
      if (before === undefined) return refused("operator_not_found");
      const outcome = await call.execute({ verb: "remove_operator", login: before.login });
      return outcome.ok ? reply(writeOperator(before)) : outcome;
    },
  }),
];
