import {
  type Currency,
  currencies,
  hosts,
  type OrganizationHost,
  type OrganizationRow,
  organization,
} from "../../core/organization.ts";
import { rows } from "../../engine/working-set.ts";
import {
  deleteHosts,
  insertHosts,
  insertOrganization,
  lockHosts,
  lockOrganization,
  updateOrganization,
} from "../statements/organizations.ts";
import { lockCurrencies, writeCurrencies } from "../statements/sales.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

export const storedOrganization: StoredNoun<"own", OrganizationRow> = {
  noun: organization,
  locksRows: true,

  async load({ runner, organizationId }, _asked, lock) {
    return [rows(organization, await lockOrganization(runner, organizationId, lock))];
  },

  *write({ runner, organizationId }, { added, changed }) {
    for (const { name } of added) yield insertOrganization(runner, organizationId, name);
    for (const { name } of changed) yield updateOrganization(runner, organizationId, name);
  },
};

export const storedHosts: StoredNoun<string, OrganizationHost> = {
  noun: hosts,
  locksRows: true,

  async load({ runner, organizationId }, asked, lock) {
    return [rows(hosts, await lockHosts(runner, organizationId, asked.keys(hosts), lock))];
  },

  *write({ runner, organizationId }, { added, removed }) {
    yield* unlessEmpty(removed, (all) => deleteHosts(runner, organizationId, all));
    yield* unlessEmpty(added, (all) =>
      insertHosts(
        runner,
        organizationId,
        all.map(({ host }) => host),
      ),
    );
  },
};

export const storedCurrencies: StoredNoun<string, Currency> = {
  noun: currencies,
  locksRows: true,

  async load({ runner, organizationId }, asked, lock) {
    return [rows(currencies, await lockCurrencies(runner, organizationId, asked.keys(currencies), lock))];
  },

  *write({ runner, organizationId }, { added, changed }) {
    yield writeCurrencies(runner, organizationId, [...added, ...changed]);
  },
};
