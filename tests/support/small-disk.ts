import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cleanup } from "./server-process.ts";

/** Why this account cannot have a small disk of its own; `false` when it can. */
export const needsMount: string | false = (() => {
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return false;
  } catch {
    return "this account may not mount a small disk";
  }
})();

/** A folder on a disk of so many megabytes, which nobody else writes to; both are gone after the test. */
export function mountSmallDisk(t: Cleanup, megabytes: number): string {
  const disk = mkdtempSync(join(tmpdir(), "counterfoil-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=711`, "tmpfs", disk]);
  t.after(() => {
    execFileSync("umount", ["--lazy", disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  return disk;
}
