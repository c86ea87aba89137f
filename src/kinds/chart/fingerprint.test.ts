import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sha256Hex } from "../../wire/digest.ts";
import {
  dongleSerialOf,
  type Fingerprint,
  type FingerprintFault,
  fingerprintBytesMax,
  readFingerprint,
  writeFingerprint,
} from "./fingerprint.ts";

const operatingSystems = ["linux", "windows", "macos", "android"] as const;

/** As the specification prints it. */
const sample = {
  name: "oc03R_1495855975.fpr",
  hex: "0D616C7C7C157C080A1704565A545A02570A1A02535001180B5001581A0C520D09185A045658530409525C0C01041716093F0D7C6E7D187D0404150172777B0C7E74701B180B3B087D746C70151973040C16080101000D0C020C06011B1A063F",
};
const uuid = "5bcab7b3-7bd8-3e4a-9c90-b1cad18fe991";

/** XORs a text with the digits of a name; written apart from the code that it tests. */
function hexOf(text: string, digits = "1495855975"): string {
  const bytes = [...Buffer.from(text, "utf8")];
  return bytes.map((byte, at) => (byte ^ Number(digits[at % 10]) ^ 0x30).toString(16).padStart(2, "0")).join("");
}

const date = '<DATE  D1="1495855975"/>\n';

function read(text: string, systemName?: string): Fingerprint | FingerprintFault {
  return readFingerprint(sample.name, hexOf(text), systemName);
}

function machineOf(fingerprint: Fingerprint | FingerprintFault): string {
  assert.ok(typeof fingerprint !== "string", "it is not refused");
  return fingerprint.machine;
}

function assertRefused(result: Fingerprint | FingerprintFault, expected: string, what?: string): void {
  assert.equal(result, expected, what);
}

const invalid = "fingerprintInvalid";

test("the specification's sample holds the lines that it prints, and names the machine by all but DATE", () => {
  assert.deepEqual(readFingerprint(sample.name, sample.hex), {
    machine: sha256Hex(`HWH H1=4CCB9FAE\nUUID I1=${uuid}\n`),
  });
});

test("the specification's sample is written, byte for byte, from what it tells", () => {
  const written = writeFingerprint({ os: "android", uuid, hardwareHash: "4CCB9FAE", atMs: 1_495_855_975_999 });
  assert.deepEqual(written, sample);
});

test("hexadecimal counts in either case", () => {
  assert.deepEqual(
    readFingerprint(sample.name, sample.hex.toLowerCase()),
    readFingerprint(sample.name, sample.hex.toUpperCase()),
  );
});

test("the same machine is the same at another time, from another system's letter, in another order and with other blanks", () => {
  const first = machineOf(read(`<PMA  M1="00:00:5e:00:53:01"/>\n<UUID I1="${uuid}"/>\n${date}`));
  assert.equal(machineOf(read(`${date}<UUID  I1="${uuid}"/>\n<PMA M1="00:00:5e:00:53:01"/>\n`)), first);
  for (const os of operatingSystems) {
    const { name, hex } = writeFingerprint({ os, mac: "00:00:5e:00:53:01", uuid, atMs: 1_700_000_000_000 });
    assert.equal(machineOf(readFingerprint(name, hex)), first, os);
  }
});

test("a machine that differs in any name, attribute or value is another", () => {
  const texts = [
    '<A A1="1"/>\n',
    '<B A1="1"/>\n',
    '<A B1="1"/>\n',
    '<A A1="2"/>\n',
    '<A A1=" 1"/>\n',
    '<A A1="1"/>\n<B B1=""/>\n',
  ];
  const machines = new Set(texts.map((text) => machineOf(read(text + date))));
  assert.equal(machines.size, texts.length);
});

test("a value may hold quotes, letters of any language and bytes that are no UTF-8", () => {
  machineOf(read(`<USR  U1="Zoë "Zo" Ström (zoe)"/>\n${date}`));
  const latin1 = Buffer.from(hexOf(`<USR  U1="Zo#"/>\n${date}`), "hex");
  latin1[12] = 0xeb ^ 0x39;
  machineOf(readFingerprint(sample.name, latin1.toString("hex")));
});

test("the name of a fingerprint is checked for presence, extension, length, system and version, in this order", () => {
  const names: readonly (readonly [string, string])[] = [
    ["", "fingerprintNameMissing"],
    ["x", "fingerprintExtensionInvalid"],
    ["oc03R_1495855975.FPR", "fingerprintExtensionInvalid"],
    ["oc03R_1495855975.fpr ", "fingerprintExtensionInvalid"],
    ["ab09X_149585597.fpr", "fingerprintNameLengthInvalid"],
    ["oc03R_14958559750.fpr", "fingerprintNameLengthInvalid"],
    ["oc03r_1495855975.fpr", "fingerprintSystemInvalid"],
    ["oc09X_1495855975.fpr", "fingerprintSystemInvalid"],
    ["oc00R_1495855975.fpr", "fingerprintVersionInvalid"],
    ["oc10R_1495855975.fpr", "fingerprintVersionInvalid"],
    ["OC03R_1495855975.fpr", "fingerprintVersionInvalid"],
  ];
  for (const [name, code] of names) {
    // The content is void, too: whatever is wrong with the name comes first.
    assertRefused(readFingerprint(name, ""), code, name);
  }
});

test("a void content comes after a good name and before a name without a time", () => {
  assertRefused(readFingerprint(sample.name, ""), "fingerprintMissing");
  assertRefused(readFingerprint("oc03R-1495855975.fpr", ""), "fingerprintMissing");
  for (const name of ["oc03R-1495855975.fpr", "oc03R_149585597x.fpr", "oc03R_14958 5975.fpr"]) {
    assertRefused(readFingerprint(name, sample.hex), invalid, name);
  }
});

test("every system's letter and every version are taken, also that of Android 10 and later", () => {
  for (const start of ["oc01L", "oc01W", "oc01D", "oc01R", "oc03L", "oc03W", "oc03D", "oc03R", "oc04R", "oc09L"]) {
    machineOf(readFingerprint(`${start}_1495855975.fpr`, sample.hex));
  }
});

test("a content that is no hexadecimal, or half of a byte, is invalid", () => {
  for (const hex of [sample.hex.slice(1), `${sample.hex} `, `${sample.hex}0G`, "0x0D", "%0D", "é"]) {
    assertRefused(readFingerprint(sample.name, hex), invalid, hex);
  }
});

test("a content that is not all one-line tags with an end of line each is invalid", () => {
  const tag = `<UUID I1="${uuid}"/>`;
  for (const text of [
    "\n",
    `${tag}${date}`,
    `${tag}\r\n${date}`,
    `${tag}\n\n${date}`,
    ` ${tag}\n${date}`,
    `${tag}\n${date.trim()}`,
    `<UUID   I1="${uuid}"/>\n${date}`,
    `<UUID\tI1="${uuid}"/>\n${date}`,
    `<UUID I1="${uuid}">\n${date}`,
    `${tag} \n${date}`,
    `<UUID/>\n${date}`,
    `<UUID I1=${uuid}/>\n${date}`,
    `<?xml version="1.0"?>\n${tag}\n${date}`,
    `${date}\0`,
  ]) {
    assertRefused(read(text), invalid, text);
  }
});

test("a date that is not that of the name, or stands in another attribute, is invalid", () => {
  const tag = `<UUID I1="${uuid}"/>\n`;
  assertRefused(read(`${tag}<DATE  D1="1495855976"/>\n`), invalid);
  assertRefused(read(`${tag}<DATE  D2="1495855975"/>\n`), invalid);
  assertRefused(read(`${tag}${date}<DATE  D1="1495855976"/>\n`), invalid);
  assertRefused(readFingerprint("oc03R_1495855976.fpr", sample.hex), invalid);
});

test("tags without a date are an old format", () => {
  assertRefused(read(`<UUID I1="${uuid}"/>\n`), "fingerprintOld");
});

test("a system whose network address is empty has a problem", () => {
  const expected = "macAddressMissing";
  for (const mac of ["", " "]) assertRefused(read(`<PMA  M1="${mac}"/>\n<UUID I1="${uuid}"/>\n${date}`), expected);
});

test("nothing that identifies a machine is a void hardware id", () => {
  for (const text of [date, `<UUID I1=""/>\n<MSER  S1=" "/>\n${date}`]) {
    assertRefused(read(text), "hardwareIdMissing");
  }
});

test("a dongle's serial comes out in upper case; what is none identifies the dongle all the same, unless it is blank", () => {
  const dongle = `<SGL  S1="0001a2b3"/>\n${date}`;
  for (const systemName of [undefined, "mylaptop", "sgl0001A2B3"]) {
    const result = read(dongle, systemName);
    assert.ok(typeof result !== "string");
    assert.equal(result.dongleSerial, "0001A2B3");
  }
  assert.deepEqual(Object.keys(Object(read(`<UUID I1="${uuid}"/>\n${date}`))), ["machine"]);
  const expected = "dongleSerialMissing";
  assertRefused(read(`<UUID I1=""/>\n${date}`, "sgl0001A2B3"), expected);
  const other = read(`<DNG  X1="7"/>\n${date}`, "sgl0001A2B3");
  assert.ok(typeof other !== "string", "a dongle that says its serial in another way is known by what it has");
  const ofSerial = (serial: string) => read(`<SGL  S1="${serial}"/>\n<UUID I1="${uuid}"/>\n${date}`, "mylaptop");
  for (const serial of ["", " "]) assertRefused(ofSerial(serial), expected, serial);
  const machines = ["1A2B3", "0001A2B3 ", "0001A2BG", "107187"].map((serial) => {
    const result = ofSerial(serial);
    assert.ok(typeof result !== "string" && !("dongleSerial" in result), serial);
    return result.machine;
  });
  assert.equal(new Set(machines).size, machines.length);
});

test("the name of a dongle is told from all other names", () => {
  const names = ["sgl0001A2B3", "sgl0001a2b3", "sgl0001A2B", "sgl0001A2B3C", "SGL0001A2B3", "mylaptop"];
  assert.deepEqual(names.map(dongleSerialOf), ["0001A2B3", undefined, undefined, undefined, undefined, undefined]);
});

test("the longest content is read, a longer one is invalid", () => {
  const start = '<USR  U1="';
  const value = "x".repeat(fingerprintBytesMax - `${start}"/>\n${date}`.length);
  machineOf(read(`${start}${value}"/>\n${date}`));
  assertRefused(read(`${start}${value}x"/>\n${date}`), invalid);
});

test("whatever texts a fingerprint is made of, they can be read again, and no two machines are the same", () => {
  const text = fc
    .string({ unit: "binary", minLength: 1, maxLength: 40 })
    .filter((one) => !/[<>\n]/.test(one) && one.trim() !== "");
  const machine = fc.record({
    os: fc.constantFrom(...operatingSystems),
    atMs: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
    uuid: text,
    serial: text,
  });
  fc.assert(
    fc.property(machine, machine, (one, other) => {
      const [first, second] = [one, other].map((each) => {
        const { name, hex } = writeFingerprint(each);
        return machineOf(readFingerprint(name, hex));
      });
      const isSame = one.uuid === other.uuid && one.serial === other.serial;
      return (first === second) === isSame;
    }),
  );
});

test("whatever is sent is a machine or one of the results for fingerprints, and never quoted", () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ maxLength: 80 }), fc.boolean(), (text, bytes, isHex) => {
      const content = isHex ? Buffer.from(bytes).toString("hex") : text;
      const result = readFingerprint(sample.name, content);
      return (
        typeof result !== "string" ||
        /^(?:fingerprint|macAddress|dongleSerial|hardwareId)(?:Missing|Invalid|Old)$/.test(result)
      );
    }),
  );
});

test("a fingerprint is not made with a time or a text that no fingerprint can hold", () => {
  const machine = { os: "linux", uuid, atMs: 1_495_855_975_000 } as const;
  for (const atMs of [999_999_999_999, 10_000_000_000_000, -1, Number.NaN]) {
    assert.throws(() => writeFingerprint({ ...machine, atMs }), RangeError);
  }
  for (const wrong of ["<", ">", "a\nb"]) {
    assert.throws(() => writeFingerprint({ ...machine, uuid: wrong }), RangeError);
    assert.throws(() => writeFingerprint({ ...machine, serial: wrong }), RangeError);
  }
});
