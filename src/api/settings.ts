import type { KnownOperator } from "../queries/operators.ts";
import type { SettingDescription } from "../settings.ts";
import { Problem } from "./problem.ts";
import { type Call, refused, reply, route } from "./route.ts";
import { choice, integer, list, named, nullable, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesOrganization } from "./sight.ts";

const resource = "settings";
const valueLengthMax = 100_000;

const name = text({ maxLength: 100 }, { description: "The name of the setting.", examples: ["log.days"] });
const reseller = text(
  { minLength: 1, maxLength: 100 },
  { description: "The login of a reseller whose own setting it is." },
);
const value = text({ maxLength: valueLengthMax });
const setting = named(
  "Setting",
  object({
    name,
    meaning: text({ maxLength: 10_000 }),
    type: choice(["choice", "whole", "text"], { description: "`whole` is a whole number, in digits." }),
    values: list(value, 1_000, { description: "All values of a choice, or examples of a text." }),
    range: nullable(
      object({
        min: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        max: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      }),
    ),
    default: value,
    value: nullable(value, { description: "`null` when it has its default, and for a secret." }),
    set: truth({ description: "Whether it has a value." }),
    secret: truth({ description: "It is never told." }),
    perReseller: truth({ description: "Whether each reseller has one of its own, too." }),
  }),
);

const example: ValueOfSchema<typeof setting> = {
  name: "log.refusedDays",
  meaning: "the same for lines that tell of what was refused",
  type: "text",
  values: [],
  range: null,
  default: "90",
  value: "30",
  set: true,
  secret: false,
  perReseller: false,
};

function writeSetting(one: SettingDescription, values: ReadonlyMap<string, unknown>): ValueOfSchema<typeof setting> {
  const now = values.get(one.name);
  const isSecret = one.isSecret === true;
  return {
    name: one.name,
    meaning: one.meaning,
    type: one.type,
    values: one.values,
    range: one.range ? { min: one.range.min, max: one.range.max } : null,
    default: one.byDefault,
    value: now === undefined || isSecret ? null : String(now),
    set: now !== undefined,
    secret: isSecret,
    perReseller: one.isResellers === true,
  };
}

type Asked = Pick<Call<unknown, unknown, unknown>, "queries" | "organizationId" | "organizationSettings">;

/** The values that are set, of the organization or of this reseller; `undefined` for an unknown reseller. */
async function valuesOf({ queries, organizationId }: Asked, login: string | undefined) {
  if (login === undefined) return (await queries.organizations.byId(organizationId))?.settings ?? new Map();
  const operator: KnownOperator | undefined = await queries.operators.byLogin(organizationId, login);
  return operator?.role === "reseller" ? operator.settings : undefined;
}

/** The setting of this name, if the organization, or this reseller, has such a one. */
function find(
  { organizationSettings }: Asked,
  wanted: string,
  login: string | undefined,
): SettingDescription | Problem {
  const found = organizationSettings.find((one) => one.name === wanted);
  if (found === undefined) return new Problem("request_invalid", "path/name", "There is no such setting.");
  if (login !== undefined && found.isResellers !== true) {
    return new Problem("request_invalid", "path/name", "Resellers have no such setting of their own.");
  }
  return found;
}

/** Changes a setting, and tells it as it is then. */
async function change(
  call: Asked & Pick<Call<unknown, unknown, unknown>, "execute">,
  one: SettingDescription,
  login: string | undefined,
  to: string | undefined,
) {
  if (login !== undefined && (await valuesOf(call, login)) === undefined) return refused("operator_not_found");
  const outcome = await call.execute({
    verb: "change_setting",
    name: one.name,
    value: to,
    isSecret: one.isSecret === true,
    ...(login === undefined ? {} : { operator: login }),
  });
  if (!outcome.ok) return outcome;
  const now = new Map<string, unknown>(to === undefined ? [] : [[one.name, to]]);
  return reply(writeSetting(one, now));
}

export const settingRoutes = [
  route({
    method: "GET",
    path: "/settings",
    name: "listSettings",
    resource,
    summary: "List the settings with their meaning",
    scope: "read_settings",
    query: { reseller: optional(reseller) },
    answer: { status: 200, schema: object({ items: list(setting, 1_000) }) },
    problems: ["operator_not_found", "not_permitted"],
    example: { answer: { items: [example] } },
    async handle(call) {
      if (!seesOrganization(call.principal)) return refused("not_permitted");
      const { reseller: login } = call.query;
      const values = await valuesOf(call, login);
      if (values === undefined) return refused("operator_not_found");
      const known = call.organizationSettings.filter(({ isResellers }) => login === undefined || isResellers === true);
      return reply({ items: known.map((one) => writeSetting(one, values)) }, { isTagged: true });
    },
  }),

  route({
    method: "PUT",
    path: "/settings/{name}",
    name: "setSetting",
    resource,
    summary: "Set a setting",
    description: "The server follows within seconds.",
    scope: "manage_settings",
    params: { name },
    body: object({ value, reseller: optional(reseller) }),
    ignoresKey: true,
    answer: { status: 200, schema: setting },
    verbs: ["change_setting"],
    problems: ["product_not_found"],
    example: { params: { name: "log.refusedDays" }, body: { value: "30" }, answer: example },
    async handle(call) {
      const { value: to, reseller: login } = call.body;
      const found = find(call, call.params.name, login);
      if (found instanceof Problem) return found;
      const problem = found.problemWith(to);
      if (problem !== undefined) return new Problem("request_invalid", "body/value", `It ${problem}.`);
      const { isNameOf } = found;
      const isUnknown =
        isNameOf !== undefined && (await call.queries.products.byName(call.organizationId, isNameOf, to)) === undefined;
      return isUnknown ? refused("product_not_found") : change(call, found, login, to);
    },
  }),

  route({
    method: "DELETE",
    path: "/settings/{name}",
    name: "unsetSetting",
    resource,
    summary: "Return a setting to its default",
    scope: "manage_settings",
    params: { name },
    query: { reseller: optional(reseller) },
    ignoresKey: true,
    answer: { status: 200, schema: setting },
    verbs: ["change_setting"],
    example: { params: { name: "log.refusedDays" }, answer: { ...example, value: null, set: false } },
    async handle(call) {
      const { reseller: login } = call.query;
      const found = find(call, call.params.name, login);
      return found instanceof Problem ? found : change(call, found, login, undefined);
    },
  }),
];
