import { readConfig } from "../config.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import type { Services, Tools } from "./tools.ts";

/** Does something with the services, beside a running server or alone. Only what goes wrong is logged. */
export async function withServices(tools: Tools, act: (services: Services) => Promise<void>): Promise<void> {
  const config = readConfig(tools.environment, { LOG_LEVEL: "warn" });
  const database = await tools.openDatabase(config, "command");
  try {
    await database.migrate();
    const services = await tools.openServices(config, database);
    try {
      await services.administration.ensureOrganization(defaultOrganizationId, "Default");
      await act(services);
    } finally {
      await services.close();
    }
  } finally {
    await database.close();
  }
}
