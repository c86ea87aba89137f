import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Tag } from "../../kinds/chart/fingerprint.ts";
import type { DialectContext } from "../dialect.ts";

/** Names a machine behind the name of a system. */
export interface MachineNamed {
  readonly deviceId: number;
  /** The keyed hash of its fingerprint. */
  readonly machine: string;
}

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Keeps the lines of a fingerprint for the publisher's hook, sealed. They are needed when keys are made: clients upload
 * a fingerprint just before they request a chart, but the request itself has none. As documents they are removed a
 * month after the last upload, and a machine that is replaced is not found any more.
 */
export async function keepIdentity(
  context: DialectContext,
  named: MachineNamed,
  identity: readonly Tag[],
): Promise<void> {
  const { name, key } = placeOf(context, named);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce);
  const body = [cipher.update(JSON.stringify(identity), "utf8"), cipher.final(), cipher.getAuthTag()];
  await context.downloads.documents.keep(name, Buffer.concat([nonce, ...body]));
}

/** The lines that were kept; `null` when there are none. */
export async function findIdentity(context: DialectContext, named: MachineNamed): Promise<readonly Tag[] | null> {
  const { name, key } = placeOf(context, named);
  const sealed = await context.downloads.documents.find(name, 0);
  if (sealed === undefined) return null;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const body = sealed.subarray(nonceBytes, -tagBytes);
  return JSON.parse(Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8"));
}

/** The name of the document, and the key that seals it: both follow from a secret key of the server. */
function placeOf({ organization, keyedHash }: DialectContext, { deviceId, machine }: MachineNamed) {
  const about = `${organization.id} ${deviceId} ${machine}`;
  return { name: keyedHash(about, "identity record").toString("hex"), key: keyedHash(about, "identity sealing") };
}
