import { canonicalHost, defaultOrganizationId } from "../core/host.ts";
import type { ListedOrganization } from "../queries/organizations.ts";
import { everyPage } from "../queries/pages.ts";
import { newPassword } from "./new-password.ts";
import { CommandError, type CommandServices, type Services, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

const nameLengthMax = 255;

/** What `counterfoil organization change` is told. */
export interface OrganizationChanges {
  readonly name?: string;
  readonly addHost?: readonly string[];
  readonly removeHost?: readonly string[];
}

/** `counterfoil organization list`: every organization with the hosts that lead to it. */
export function listOrganizations(tools: Tools): Promise<void> {
  return withServices(tools, async ({ queries }) => {
    for await (const page of everyPage(queries.organizations.list)) {
      for (const { id, name, hosts } of page) tools.print(`${id}  ${name}  ${hosts.join(", ") || hostless(id)}`);
    }
  });
}

/** `counterfoil organization show`: an organization, its hosts, currencies and operators. */
export function showOrganization(tools: Tools): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId: id } = services;
    const { name, hosts } = await findOrganization(services);
    const rates = await queries.sales.rates(id);
    const operators = await queries.operators.all(id);
    tools.print(`number      ${id}`);
    tools.print(`name        ${name}`);
    tools.print(`hosts       ${hosts.join(", ") || hostless(id)}`);
    tools.print(`currencies  ${[...(rates?.rate.keys() ?? [])].sort().join(", ") || "none"}`);
    tools.print(`operators   ${operators.map(({ login }) => login).join(", ") || "none"}`);
  });
}

/** `counterfoil organization add NAME`: a further organization with an owner's account, found by its hosts. */
export function addOrganization(
  tools: Tools,
  name: string,
  { host = [] }: { readonly host?: readonly string[] },
): Promise<void> {
  const checked = checkName(name);
  const hosts = host.map(readHost);
  return withServices(tools, async ({ administration, queries }) => {
    // Before anything is made; another process that takes one meanwhile is noticed below.
    for (const one of hosts) {
      const holder = await queries.organizations.idOf(one);
      if (holder !== undefined) throw new CommandError(takenSentence(one));
    }
    const id = await administration.addOrganization(checked);
    const { password, passwordHash } = await newPassword();
    await administration.putOperator(id, { login: "owner", passwordHash, role: "owner" });
    tools.print(`${checked} has the number ${id}.`);
    tools.print(`login     owner\npassword  ${password}\nIt is not shown again.`);
    await addHosts(administration, id, hosts);
  });
}

/** `counterfoil organization change`: another name or other hosts; running servers follow within seconds. */
export function changeOrganization(
  tools: Tools,
  { name, addHost = [], removeHost = [] }: OrganizationChanges,
): Promise<void> {
  const checked = name === undefined ? undefined : checkName(name);
  const added = addHost.map(readHost);
  const removed = removeHost.map(readHost);
  if (checked === undefined && added.length + removed.length === 0) {
    throw new CommandError("Nothing is to be changed: give --name, --add-host or --remove-host.");
  }
  return withServices(tools, async (services) => {
    const { administration, organizationId: id } = services;
    const { hosts } = await findOrganization(services);
    const missing = removed.find((host) => !hosts.includes(host));
    if (missing !== undefined) throw new CommandError(`The organization ${id} does not have the host ${missing}.`);
    await addHosts(administration, id, added);
    await administration.removeHosts(id, removed);
    if (checked !== undefined) await administration.renameOrganization(id, checked);
    const changed = await findOrganization(services);
    tools.print(`${id}  ${changed.name}  ${changed.hosts.join(", ") || hostless(id)}`);
  });
}

/** Requests to a host of nobody's are the default organization's. */
function hostless(id: number): string {
  return id === defaultOrganizationId ? "every host that is no other's" : "no host";
}

async function addHosts(
  administration: Services["administration"],
  id: number,
  hosts: readonly string[],
): Promise<void> {
  const [taken] = await administration.addHosts(id, hosts);
  if (taken !== undefined) throw new CommandError(takenSentence(taken));
}

function takenSentence(host: string): string {
  return `The host ${host} belongs to another organization. "counterfoil organization list" shows which.`;
}

/** The organization that the command is about, with its hosts. */
async function findOrganization({ queries, organizationId }: CommandServices): Promise<ListedOrganization> {
  for await (const page of everyPage(queries.organizations.list)) {
    const found = page.find(({ id }) => id === organizationId);
    if (found !== undefined) return found;
  }
  throw new Error(`the organization ${organizationId} is gone`);
}

function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== "" && trimmed.length <= nameLengthMax && !/\p{Cc}/u.test(trimmed)) return trimmed;
  throw new CommandError(`An organization has a name of 1 to ${nameLengthMax} characters in one line.`);
}

function readHost(text: string): string {
  const host = canonicalHost(text);
  if (host !== undefined) return host;
  throw new CommandError(
    `"${text}" is no host, like tickets.example.com: no scheme, port or path, and letters outside ASCII as in xn--.`,
  );
}
