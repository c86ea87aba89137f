import { get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { writeFingerprint } from "../src/kinds/chart/fingerprint.ts";
import { watchMemory } from "./server.ts";
import type { Shop } from "./shop.ts";

const pollEveryMs = 200;
const system = "mylaptop";
const customer = "skipper@example.com";
const path = "/shop/index.php?fc=module&module=occharts&controller=api";

/** What fetching a chart costs the server in memory. */
interface FetchedChart {
  readonly bytes: number;
  readonly buildSeconds: number;
  readonly buildGrowthMb: number;
  readonly downloadSeconds: number;
  readonly downloadGrowthMb: number;
}

/** Adds an edition and sells it, as a publisher does, then has it built and downloads it several times at once. */
export async function fetchChart({ server, command }: Shop, folder: string, atOnce: number): Promise<FetchedChart> {
  const [, password = ""] = /password {2}(\S+)/.exec(await command("customer", "add", customer)) ?? [];
  const [, chartid = ""] = / has the number (\d+)\./.exec(await command("chart", "add", "British Isles 2017")) ?? [];
  await command("edition", "add", "--product", chartid, "--edition", "2017-2", folder);
  await command("order", "add", "GBLAQPDMG", "--customer", customer, "--product", chartid);

  const ask = async (fields: Record<string, string>) => {
    const body = new URLSearchParams({ username: customer, ...fields });
    return (await fetch(`http://127.0.0.1:${server.port}${path}`, { method: "POST", body })).text();
  };
  const { 1: key = "" } = /<key>(.*)<\/key>/.exec(await ask({ taskId: "login", password })) ?? [];
  const { name, hex } = writeFingerprint({ os: "linux", uuid: "bench", atMs: Date.now() });
  await ask({ taskId: "xfpr", key, systemName: system, xfpr: hex, xfprName: name });
  const slot = { chartid, order: "GBLAQPDMG", quantityId: "1", slot: "0" };
  await ask({ taskId: "assign", key, systemName: system, ...slot });

  const build = await watchMemory(server.pid, async () => {
    await ask({ taskId: "request", key, assignedSystemName: system, ...slot });
    for (;;) {
      const [, link] = /<link>([^<]+)<\/link>/.exec(await ask({ taskId: "getlist", key })) ?? [];
      if (link !== undefined) return link;
      await pause(pollEveryMs);
    }
  });
  const downloads = await watchMemory(server.pid, () =>
    Promise.all(Array.from({ length: atOnce }, () => download(build.result))),
  );
  return {
    bytes: downloads.result.reduce((sum, bytes) => sum + bytes),
    buildSeconds: build.seconds,
    buildGrowthMb: build.growthMb,
    downloadSeconds: downloads.seconds,
    downloadGrowthMb: downloads.growthMb,
  };
}

/** Reads a whole file and keeps nothing of it; resolves with its length. */
function download(link: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(link, { agent: false }, (response) => {
      const promised = Number(response.headers["content-length"]);
      let bytes = 0;
      response.on("data", (piece: Buffer) => {
        bytes += piece.length;
      });
      response.on("end", () => (bytes === promised ? resolve(bytes) : reject(new Error("a download was cut off"))));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}
