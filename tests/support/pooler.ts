import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import pg from "pg";
import type { TestAddress } from "./database.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";

/** Why there is no pooler on this machine; false when there is one. */
export const poolerMissing =
  spawnSync("pgbouncer", ["--version"]).status === 0
    ? false
    : "PgBouncer is not installed (Debian: apt-get install pgbouncer)";

/** Root may not run it. */
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Starts PgBouncer before a database that is reached by TCP; resolves with the address of the pooler. */
export async function startPooler(
  t: TestContext,
  { host, port, user, password, database }: TestAddress,
  mode: "session" | "transaction",
): Promise<TestAddress> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-pooler-"));
  chmodSync(folder, 0o755);
  const own = await freePort();
  const settings = join(folder, "pgbouncer.ini");
  writeFileSync(
    settings,
    `[databases]
* = host=${host} port=${port} user=${user} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 40
server_login_retry = 1
`,
  );
  const pooler = spawn("pgbouncer", ["-q", settings], { ...account, cwd: "/", stdio: "ignore" });
  t.after(() => {
    pooler.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const address = { host: "127.0.0.1", port: own, user, password, database };
  await eventually("a pooler that answers", async () => {
    const client = new pg.Client(address);
    client.on("error", () => {});
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  return address;
}
