import { canonicalHost } from "../core/host.ts";
import { formatRate, parseRate } from "../core/money.ts";
import { organizationNameLengthMax } from "../core/organization.ts";
import type { Rates } from "../core/sale.ts";
import { Problem } from "./problem.ts";
import { type Call, refused, reply, route } from "./route.ts";
import { list, named, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesOrganization } from "./sight.ts";
import { id } from "./values.ts";

const hostsMax = 100;
const host = text({ minLength: 1, maxLength: 254 }, { examples: ["tickets.example.com"] });
const code = text({ maxLength: 3, pattern: "^[A-Z]{3}$" }, { description: "ISO 4217.", examples: ["USD"] });
const rate = text(
  { maxLength: 32, pattern: "^[0-9]+(\\.[0-9]+)?$" },
  {
    description: "How many of it make one of the default, with up to nine digits behind the point.",
    examples: ["1.08"],
  },
);
const currency = named("Currency", object({ code, rate, default: truth() }));
const organization = named(
  "Organization",
  object({
    id: id("the organization"),
    name: text({ maxLength: organizationNameLengthMax }),
    hosts: list(host, 1_000_000, { description: "Requests to them belong to the organization." }),
    currencies: list(currency, 1_000),
  }),
);

const example: ValueOfSchema<typeof organization> = {
  id: "1",
  name: "Kulturhaus",
  hosts: ["tickets.example.com"],
  currencies: [{ code: "EUR", rate: "1", default: true }],
};

type Asked = Pick<Call<unknown, unknown, unknown>, "queries" | "organizationId">;

async function read({ queries, organizationId }: Asked): Promise<ValueOfSchema<typeof organization> | undefined> {
  const [found, hosts, rates] = await Promise.all([
    queries.organizations.byId(organizationId),
    queries.organizations.hosts(organizationId),
    queries.sales.rates(organizationId),
  ]);
  return found && { id: String(found.id), name: found.name, hosts, currencies: rates ? writeRates(rates) : [] };
}

function writeRates({ byDefault, rate: rateOf }: Rates) {
  return [...rateOf]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([one, value]) => ({ code: one, rate: formatRate(value), default: one === byDefault }));
}

/** Adds a currency, or changes its rate. */
async function putRate(
  { execute }: Pick<Call<unknown, unknown, unknown>, "execute">,
  one: string,
  written: string,
  isNew: boolean,
) {
  const parsed = parseRate(written);
  if (parsed === undefined) return new Problem("request_invalid", "body/rate", "It must be above 0.");
  const outcome = await execute({ verb: "change_currency", code: one, rate: parsed, isNew });
  return outcome.ok ? { code: one, rate: formatRate(parsed), default: false } : outcome;
}

export const organizationRoutes = [
  route({
    method: "GET",
    path: "/organization",
    name: "getOrganization",
    resource: "organization",
    summary: "Get the organization",
    scope: "read_settings",
    answer: { status: 200, schema: organization },
    problems: ["organization_not_found", "not_permitted"],
    example: { answer: example },
    async handle(call) {
      if (!seesOrganization(call.principal)) return refused("not_permitted");
      const found = await read(call);
      return found === undefined ? refused("organization_not_found") : reply(found, { isTagged: true });
    },
  }),

  route({
    method: "PATCH",
    path: "/organization",
    name: "changeOrganization",
    resource: "organization",
    summary: "Rename the organization, or add and remove hosts",
    description: "All or nothing. A host that is there already, or that is removed and not there, is passed over.",
    scope: "manage_organizations",
    body: object({
      name: optional(text({ maxLength: organizationNameLengthMax + 1 })),
      addHosts: optional(list(host, hostsMax)),
      removeHosts: optional(list(host, hostsMax)),
    }),
    answer: { status: 200, schema: organization },
    verbs: ["change_organization"],
    example: { body: { name: "Kulturhaus", addHosts: ["tickets.example.com"] }, answer: example },
    async handle(call) {
      const { name, addHosts = [], removeHosts = [] } = call.body;
      const [added, removed] = [addHosts.map(canonicalHost), removeHosts.map(canonicalHost)];
      for (const [part, hosts] of [
        ["addHosts", added],
        ["removeHosts", removed],
      ] as const) {
        const wrong = hosts.indexOf(undefined);
        if (wrong !== -1) return new Problem("request_invalid", `body/${part}/${wrong}`, "It is no name of a host.");
      }
      const outcome = await call.execute({
        verb: "change_organization",
        ...(name === undefined ? {} : { name }),
        addedHosts: added.filter((one) => one !== undefined),
        removedHosts: removed.filter((one) => one !== undefined),
      });
      if (!outcome.ok) return outcome;
      const now = await read(call);
      return now === undefined ? refused("organization_not_found") : reply(now, { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/organization/currencies",
    name: "addCurrency",
    resource: "organization",
    summary: "Add a currency",
    scope: "manage_organizations",
    body: object({ code, rate }),
    answer: { status: 201, schema: currency },
    verbs: ["change_currency"],
    example: { body: { code: "USD", rate: "1.08" }, answer: { code: "USD", rate: "1.08", default: false } },
    async handle(call) {
      const put = await putRate(call, call.body.code, call.body.rate, true);
      return "code" in put && !(put instanceof Problem) ? reply(put) : put;
    },
  }),

  route({
    method: "PATCH",
    path: "/organization/currencies/{code}",
    name: "changeCurrency",
    resource: "organization",
    summary: "Change the rate of a currency",
    description: "For what is paid from then on.",
    scope: "manage_organizations",
    params: { code },
    body: object({ rate }),
    answer: { status: 200, schema: currency },
    verbs: ["change_currency"],
    example: {
      params: { code: "USD" },
      body: { rate: "1.1" },
      answer: { code: "USD", rate: "1.1", default: false },
    },
    async handle(call) {
      const put = await putRate(call, call.params.code, call.body.rate, false);
      return "code" in put && !(put instanceof Problem) ? reply(put) : put;
    },
  }),
];
