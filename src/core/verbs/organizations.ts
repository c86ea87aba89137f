import { aboutSetup } from "../log-entry.ts";
import { divideRounded, formatRate, isRate, rateUnit } from "../money.ts";
import { allCurrencies, currencies, hosts, isOrganizationName, organization } from "../organization.ts";
import { type Effect, put, remove } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

/** Creates the organization in which the command is carried out. Its currency is EUR. */
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
  /** Hosts in the form of `canonicalHost`. Hosts that the organization has already are skipped. */
  readonly addedHosts?: readonly string[];
  /** Hosts that the organization does not have are skipped. */
  readonly removedHosts?: readonly string[];
}

/** Changes the name and the hosts of the organization, all or none. `host_taken`: another organization has a host. */
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
  /** Whether the currency is added; otherwise it must be there. */
  readonly isNew: boolean;
}

/** Adds a currency, or changes the rate of one for later payments. */
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

/**
 * Makes another currency the default, in which all rates are told; the rates of the others follow, rounded. Prices and
 * payments stay as they are. `amount_invalid`: a rate would be too small or too large to be kept.
 */
export const changeDefaultCurrency = verb<{ readonly code: string }, { readonly changed: boolean }>()({
  name: "change_default_currency",
  permission: "manage_organizations",
  refusals: ["currency_not_found", "amount_invalid"],
  logs: ["default_currency_changed"],

  needs: () => ({ lock: [allCurrencies.at("all")] }),

  decide(state, { code }, { nowMs }) {
    const all = state.find(allCurrencies, "all");
    const chosen = all.find((one) => one.code === code);
    if (chosen === undefined) return refuse("currency_not_found");
    if (chosen.isDefault) return accept({ changed: false });
    const changed = all.map((one) => {
      const isDefault = one.code === code;
      return { ...one, isDefault, rate: isDefault ? rateUnit : divideRounded(one.rate * rateUnit, chosen.rate) };
    });
    if (!changed.every(({ rate }) => isRate(rate))) return refuse("amount_invalid");
    const from = all.find(({ isDefault }) => isDefault)?.code ?? null;
    return accept(
      { changed: true },
      changed.map((one) => put(currencies, one)),
      [aboutSetup("default_currency_changed", { from, to: code }, nowMs)],
    );
  },
});
