import { CommandError, type Tools } from "../../../cli/tools.ts";
import { type Machine, writeFingerprint } from "../../../kinds/chart/fingerprint.ts";

/** The options of `counterfoil fingerprint`. */
export interface FingerprintOptions {
  readonly os: Machine["os"];
  readonly uuid?: string;
  readonly mac?: string;
  readonly serial?: string;
  readonly dongle?: string;
  readonly time?: string;
}

export const operatingSystems = ["linux", "windows", "macos", "android"] as const satisfies readonly Machine["os"][];

export const fingerprintExample = `
At least one thing of the machine must be told. The same things make the same machine, whatever the time.

To upload one, with the key from a login:
  counterfoil fingerprint --uuid 5bcab7b3-7bd8-3e4a-9c90-b1cad18fe991 --os linux | {
    read -r name; read -r content
    curl 'http://127.0.0.1:8080/shop/index.php?fc=module&module=occharts&controller=api' \\
      -d taskId=xfpr -d username=skipper@example.com -d key=KEY -d systemName=mylaptop \\
      -d xfprName=$name -d xfpr=$content
  }`;

/** The shape of each option, with an example. */
const shapes = [
  ["uuid", /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "5bcab7b3-7bd8-3e4a-9c90-b1cad18fe991"],
  ["mac", /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i, "00:00:5e:00:53:01"],
  ["serial", /^(?=.*\S)[^<>\p{Cc}]{1,255}$/u, "C02EXAMPLE01"],
  ["dongle", /^[0-9a-f]{8}$/i, "0001A2B3"],
  ["time", /^[1-9]\d{9}$/, "1495855975"],
] as const;

/**
 * `counterfoil fingerprint`: a fingerprint of a made-up machine, to try a server without the client. Its name is on the
 * first line, its content in hexadecimal on the second. Needs no database.
 */
export function printFingerprint({ print }: Pick<Tools, "print">, options: FingerprintOptions): void {
  for (const [option, shape, like] of shapes) {
    const text = options[option];
    if (text === undefined || shape.test(text)) continue;
    throw new CommandError(`--${option} "${text}" should look like ${like}.`);
  }
  const { os, time, ...told } = options;
  if (Object.keys(told).length === 0) {
    throw new CommandError("Tell at least one thing of the machine: --uuid, --mac, --serial or --dongle.");
  }
  const atMs = time === undefined ? Date.now() : Number(time) * 1000;
  const dongle = told.dongle === undefined ? {} : { dongle: told.dongle.toUpperCase() };
  const { name, hex } = writeFingerprint({ os, ...told, ...dongle, atMs });
  print(name);
  print(hex);
}
