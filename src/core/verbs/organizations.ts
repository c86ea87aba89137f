import { aboutSetup } from "../action.ts";
import { formatRate } from "../money.ts";
import { currencies, hosts, isOrganizationName, organization } from "../organization.ts";
import { type Effect, put, remove } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

/** Creates the organization of this number, in which the command is carried out; with EUR as its currency. */
export const createOrganization = verb<{ readonly name: string }, { readonly name: string }>()({
  name: "create_organization",
  permission: "manage_organizations",
  refusals: ["name_invalid", "organization_exists"],
  logs: ["organization_created"],

  needs: () => ({ lock: [organization.at("own")] }),

  decide(state, { name }, { nowMs }) {
    if (!isOrganizationName(name)) return refuse("name_invalid");
    if (state.get(organization, "own") !== undefined) return refuse("organization_exists");
    return accept({ name }, [put(organization, { name })], [aboutSetup("organization_created", { name }, nowMs)]);
  },
});

interface ChangeOrganization {
  readonly name?: string;
  /** Hosts as `canonicalHost` makes them. Those that it has already are passed over. */
  readonly addedHosts?: readonly string[];
  /** Those that it does not have are passed over. */
  readonly removedHosts?: readonly string[];
}

/** Gives the organization another name and other hosts, all or none. `host_taken`: by another organization. */
export const changeOrganization = verb<ChangeOrganization, { readonly changed: boolean }>()({
  name: "change_organization",
  permission: "manage_organizations",
  refusals: ["organization_not_found", "name_invalid", "host_taken"],
  logs: ["organization_renamed", "hosts_changed"],

  needs: ({ addedHosts = [], removedHosts = [] }) => ({
    lock: [organization.at("own"), hosts.at(...addedHosts, ...removedHosts)],
  }),

  decide(state, { name, addedHosts = [], removedHosts = [] }, { nowMs }) {
    const before = state.get(organization, "own");
    if (before === undefined) return refuse("organization_not_found");
    if (name !== undefined && !isOrganizationName(name)) return refuse("name_invalid");
    const isTaken = (host: string) => state.get(hosts, host)?.isOwn === false;
    if (addedHosts.some(isTaken)) return refuse("host_taken");
    const added = addedHosts.filter((host) => state.get(hosts, host) === undefined);
    const removed = removedHosts.filter((host) => state.get(hosts, host)?.isOwn === true);
    const isRenamed = name !== undefined && name !== before.name;
    const effects: Effect[] = [
      ...(isRenamed ? [put(organization, { name })] : []),
      ...added.map((host) => put(hosts, { host, isOwn: true })),
      ...removed.map((host) => remove(hosts, host)),
    ];
    return accept({ changed: effects.length > 0 }, effects, [
      ...(isRenamed ? [aboutSetup("organization_renamed", { from: before.name, to: name }, nowMs)] : []),
      ...(added.length + removed.length > 0 ? [aboutSetup("hosts_changed", { added, removed }, nowMs)] : []),
    ]);
  },
});

interface ChangeCurrency {
  readonly code: string;
  /** How many of it make one of the default, in billionths. */
  readonly rate: bigint;
  /** Whether the organization does not have it yet. */
  readonly isNew: boolean;
}

/** Gives the organization a currency, or one that it has another rate, for what is paid from then on. */
export const changeCurrency = verb<ChangeCurrency, { readonly changed: boolean }>()({
  name: "change_currency",
  permission: "manage_organizations",
  refusals: ["currency_not_found", "currency_exists", "default_currency"],
  logs: ["currency_changed"],

  needs: ({ code }) => ({ lock: [currencies.at(code)] }),

  decide(state, { code, rate, isNew }, { nowMs }) {
    const before = state.get(currencies, code);
    if (before === undefined && !isNew) return refuse("currency_not_found");
    if (before !== undefined && isNew) return refuse("currency_exists");
    if (before?.isDefault === true) return refuse("default_currency");
    const from = before === undefined ? {} : { from: formatRate(before.rate) };
    const detail = { currency: code, ...from, to: formatRate(rate) };
    return accept(
      { changed: before?.rate !== rate },
      [put(currencies, { code, rate, isDefault: false })],
      [aboutSetup("currency_changed", detail, nowMs)],
    );
  },
});
