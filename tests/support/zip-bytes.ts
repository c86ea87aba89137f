import { crc32, deflateRawSync } from "node:zlib";

/** One entry of a zip that is made byte by byte. What is given as a claim is written whatever is true. */
export interface HandMadeEntry {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array | string;
  /** 0 stores, 8 deflates; the content of others is stored. */
  readonly method?: number;
  readonly flags?: number;
  /** Those of Unix, in the upper half. */
  readonly attributes?: number;
  readonly extra?: Uint8Array;
  readonly claimedBytes?: number;
  readonly claimedPackedBytes?: number;
  readonly claimedCrc32?: number;
  readonly claimedOffset?: number;
}

const utf8Flag = 0x0800;

/** A zip of these entries; names that are texts are flagged as UTF-8. */
export function makeZip(entries: readonly HandMadeEntry[], claimedEntries = entries.length): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? "");
    const method = entry.method ?? 0;
    const packed = method === 8 ? deflateRawSync(content) : content;
    const flags = entry.flags ?? (typeof entry.name === "string" ? utf8Flag : 0);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(entry.claimedCrc32 ?? crc32(content), 14);
    local.writeUInt32LE(entry.claimedPackedBytes ?? packed.length, 18);
    local.writeUInt32LE(entry.claimedBytes ?? content.length, 22);
    local.writeUInt16LE(name.length, 26);
    const extra = Buffer.from(entry.extra ?? []);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    local.copy(central, 6, 4, 30);
    central.writeUInt16LE(extra.length, 30);
    central.writeUInt32LE(entry.attributes ?? 0, 38);
    central.writeUInt32LE(entry.claimedOffset ?? offset, 42);
    directory.push(central, name, extra);
    locals.push(local, name, packed);
    offset += 30 + name.length + packed.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(claimedEntries, 8);
  end.writeUInt16LE(claimedEntries, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directoryBytes, end]);
}
