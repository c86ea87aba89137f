import { terminal } from "../access/principals.ts";
import type { CommandOf } from "../core/command.ts";
import { canonicalHost, defaultOrganizationId } from "../core/host.ts";
import { isOrganizationName, organizationNameLengthMax } from "../core/organization.ts";
import { executorFor } from "../engine/executor.ts";
import type { ListedOrganization } from "../queries/organizations.ts";
import { everyPage } from "../queries/pages.ts";
import { newPassword, printPassword } from "./new-password.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** The options of `counterfoil organization change`. */
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
  return withServices(tools, async ({ administration, engine, queries }) => {
    // Checked before anything is made. The verb notices if another process takes a host meanwhile.
    for (const one of hosts) {
      const holder = await queries.organizations.idOf(one);
      if (holder !== undefined) throw new CommandError(takenSentence(one));
    }
    const id = await administration.drawOrganization();
    const execute = executorFor(terminal, engine);
    const { password, passwordHash } = await newPassword();
    accepted(await execute(id, { verb: "create_organization", name: checked }));
    accepted(await execute(id, { verb: "create_operator", login: "owner", passwordHash, role: "owner" }));
    tools.print(`${checked} has the number ${id}.`);
    printPassword(tools, { login: "owner" }, password);
    await change({ queries, organizationId: id, execute: (command) => execute(id, command) }, { addedHosts: hosts });
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
    const { organizationId: id } = services;
    const { hosts } = await findOrganization(services);
    const missing = removed.find((host) => !hosts.includes(host));
    if (missing !== undefined) throw new CommandError(`The organization ${id} does not have the host ${missing}.`);
    const renamed = checked === undefined ? {} : { name: checked };
    await change(services, { ...renamed, addedHosts: added, removedHosts: removed });
    const changed = await findOrganization(services);
    tools.print(`${id}  ${changed.name}  ${changed.hosts.join(", ") || hostless(id)}`);
  });
}

/** The hosts of an organization that has none of its own: all unknown ones lead to the default organization. */
function hostless(id: number): string {
  return id === defaultOrganizationId ? "every host that is no other's" : "no host";
}

async function change(
  { execute, queries, organizationId }: Pick<CommandServices, "execute" | "queries" | "organizationId">,
  changes: Omit<CommandOf<"change_organization">, "verb">,
): Promise<void> {
  const outcome = await execute({ verb: "change_organization", ...changes });
  if (!outcome.ok && outcome.refusal === "host_taken") {
    for (const host of changes.addedHosts ?? []) {
      const holder = await queries.organizations.idOf(host);
      if (holder !== undefined && holder !== organizationId) throw new CommandError(takenSentence(host));
    }
  }
  accepted(outcome);
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
  if (isOrganizationName(trimmed)) return trimmed;
  throw new CommandError(`An organization has a name of 1 to ${organizationNameLengthMax} characters in one line.`);
}

function readHost(text: string): string {
  const host = canonicalHost(text);
  if (host !== undefined) return host;
  throw new CommandError(
    `"${text}" is no host, like tickets.example.com: no scheme, port or path, and letters outside ASCII as in xn--.`,
  );
}
