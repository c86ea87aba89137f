import { terminal } from "../access/principals.ts";
import { readConfig } from "../config.ts";
import { defaultOrganizationId } from "../core/host.ts";
import { executorFor } from "../engine/executor.ts";
import { readWhole } from "./read-option.ts";
import { CommandError, type CommandServices, type Tools } from "./tools.ts";

/**
 * Calls `act` with the services, beside a running server or alone. Only warnings and errors are logged. A database that
 * is missing, has another version's schema or is sealed with another key is refused before anything is written.
 */
export async function withServices(tools: Tools, act: (services: CommandServices) => Promise<void>): Promise<void> {
  const organizationId =
    tools.organization === undefined ? defaultOrganizationId : readWhole("--organization", tools.organization);
  const config = readConfig(tools.environment, { LOG_LEVEL: "warn" });
  const database = await tools.openDatabase(config, "command");
  try {
    const services = await tools.openServices(config, database);
    try {
      await services.administration.ensureOrganization(defaultOrganizationId, "Default");
      if (
        tools.organization !== undefined &&
        (await services.queries.organizations.byId(organizationId)) === undefined
      ) {
        throw new CommandError(
          `There is no organization ${organizationId}. "counterfoil organization list" shows all.`,
        );
      }
      const execute = executorFor(terminal, services.engine);
      await act({ ...services, organizationId, execute: (command) => execute(organizationId, command) });
    } finally {
      await services.close();
    }
  } finally {
    await database.close();
  }
}
