import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CommandError } from "../../../cli/tools.ts";
import { readFingerprint, writeFingerprint } from "../../../kinds/chart/fingerprint.ts";
import { type FingerprintOptions, operatingSystems, printFingerprint } from "./fingerprint.ts";

const uuid = "5bcab7b3-7bd8-3e4a-9c90-b1cad18fe991";

/** What the command prints. */
function linesOf(options: FingerprintOptions): readonly string[] {
  const lines: string[] = [];
  printFingerprint({ print: (line) => void lines.push(line) }, options);
  return lines;
}

function machineOf(options: FingerprintOptions): string {
  const [name = "", content = "", ...rest] = linesOf(options);
  assert.deepEqual(rest, []);
  const fingerprint = readFingerprint(name, content);
  assert.ok(typeof fingerprint !== "string");
  return fingerprint.machine;
}

test("the command prints the name and the content of a fingerprint that a server takes, without any setting", async () => {
  const program = fileURLToPath(new URL("../../../main.ts", import.meta.url));
  const printed = await new Promise<string>((resolve) => {
    const parameters = [program, "fingerprint", "--uuid", uuid, "--os", "linux", "--time", "1495855975"];
    execFile(process.execPath, parameters, { env: { DATABASE_URL: "none" } }, (_error, out, words) =>
      resolve(out + words),
    );
  });
  const { name, hex } = writeFingerprint({ os: "linux", uuid, atMs: 1_495_855_975_000 });
  assert.equal(printed, `${name}\n${hex}\n`);
});

test("the same things told make the same machine on any system at any time, other things another", () => {
  const machine = machineOf({ os: "linux", uuid });
  for (const os of operatingSystems) assert.equal(machineOf({ os, uuid, time: "1495855975" }), machine);
  const others: readonly Partial<FingerprintOptions>[] = [
    { mac: "00:00:5e:00:53:01" },
    { serial: "C02EXAMPLE01" },
    { dongle: "0001A2B3" },
    { uuid, serial: "C02EXAMPLE01" },
  ];
  const machines = [machine, ...others.map((other) => machineOf({ os: "linux", ...other }))];
  assert.equal(new Set(machines).size, machines.length);
});

test("without a time it is made now", () => {
  const before = Math.floor(Date.now() / 1000);
  const seconds = Number(/^oc03L_(\d{10})\.fpr$/.exec(linesOf({ os: "linux", uuid })[0] ?? "")?.[1]);
  assert.ok(seconds >= before && seconds <= Date.now() / 1000);
});

test("a dongle's serial counts in either case", () => {
  assert.equal(machineOf({ os: "windows", dongle: "0001a2b3" }), machineOf({ os: "windows", dongle: "0001A2B3" }));
});

test("whatever no machine has is refused with a sentence", () => {
  const wrong: readonly (readonly [Partial<FingerprintOptions>, RegExp])[] = [
    [{}, /^Tell at least one thing of the machine: --uuid, --mac, --serial or --dongle\.$/],
    [{ time: "1495855975" }, /^Tell at least one thing/],
    [{ uuid: "1" }, /^--uuid "1" should look like 5bcab7b3-/],
    [{ mac: "00:00" }, /^--mac "00:00" should look like 00:00:5e:00:53:01\.$/],
    [{ serial: " " }, /^--serial " " should look like/],
    [{ serial: "<" }, /^--serial "<" should look like/],
    [{ dongle: "1A2B3" }, /^--dongle "1A2B3" should look like/],
    [{ uuid, time: "149585597" }, /^--time "149585597" should look like/],
    [{ uuid, time: "0495855975" }, /^--time "0495855975" should look like/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(
      () => linesOf({ os: "linux", ...options }),
      (error) => error instanceof CommandError && message.test(error.message),
    );
  }
});
