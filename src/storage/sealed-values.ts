import type pg from "pg";
import { keptAnswerPurpose } from "./idempotency-records.ts";
import { deviceSecretPurpose } from "./nouns/phone-device.ts";
import { pinHashOf, pinPurpose } from "./nouns/pin.ts";
import { accessKeyPurpose } from "./nouns/product.ts";
import { settingPurpose } from "./nouns/setting.ts";
import { keyIdBytes, type Secrets } from "./secrets.ts";

/** A column in which values lie sealed. All of them are listed in {@link sealedColumns}. */
export interface SealedColumn {
  /** How its values are called in a sentence. */
  readonly name: string;
  readonly table: string;
  readonly column: string;
  readonly purpose: string;
  /** The column beside it by which a value is found, and the hash that stands there. */
  readonly lookup?: { readonly column: string; readonly hash: (secrets: Secrets, text: string) => Buffer };
  /** Settings are JSON, and only some of them are sealed: `{"sealed": "base64"}`. */
  readonly isSetting?: true;
}

/** Every column with sealed values, but the heritage of retired keys. */
export const sealedColumns: readonly SealedColumn[] = [
  { name: "settings", table: "setting", column: "value", purpose: settingPurpose, isSetting: true },
  {
    name: "settings of operators",
    table: "operator_setting",
    column: "value",
    purpose: settingPurpose,
    isSetting: true,
  },
  {
    name: "access keys",
    table: "access_key",
    column: "key_sealed",
    purpose: accessKeyPurpose,
    lookup: { column: "key_hash", hash: (secrets, text) => secrets.lookupHash(text, accessKeyPurpose) },
  },
  { name: "passwords of phones", table: "phone_account", column: "secret_sealed", purpose: deviceSecretPurpose },
  { name: "kept answers", table: "kept_answer", column: "answer_sealed", purpose: keptAnswerPurpose },
  {
    name: "pins",
    table: "entitlement",
    column: "secret_sealed",
    purpose: pinPurpose,
    lookup: { column: "secret_hash", hash: pinHashOf },
  },
];

/** How many values of a column were sealed with one key, by its name in hexadecimal. */
export interface SealedCount {
  readonly name: string;
  readonly keyId: string;
  readonly count: number;
}

/** Text that no sealing has made is left alone: it would stop the decoder, and with it the whole statement. */
const base64Shape = "^([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";

/** The rows of a column that hold a sealed value. */
export function isSealed({ column, isSetting }: Pick<SealedColumn, "column" | "isSetting">): string {
  return isSetting ? `${column} ->> 'sealed' ~ '${base64Shape}'` : `${column} is not null`;
}

/** A sealed value as bytes. The case keeps the decoder away from rows that are not sealed, whatever the plan. */
export function sealedBytes({ column, isSetting }: Pick<SealedColumn, "column" | "isSetting">): string {
  return isSetting
    ? `case when ${isSealed({ column, isSetting })} then decode(${column} ->> 'sealed', 'base64') end`
    : column;
}

/** The name of the key with which a value was sealed, in hexadecimal. */
export function sealingKeyId(column: SealedColumn): string {
  return `encode(substring(${sealedBytes(column)} from 1 for ${keyIdBytes}), 'hex')`;
}

/** With which keys everything in the database is sealed. Reads every row, a few seconds for a million. */
export async function countSealed(client: pg.ClientBase): Promise<readonly SealedCount[]> {
  const counts: SealedCount[] = [];
  for (const column of sealedColumns) {
    const { rows } = await client.query<{ key: string; count: string }>(
      `select ${sealingKeyId(column)} as key, count(*) as count from ${column.table} where ${isSealed(column)} group by 1`,
    );
    for (const { key, count } of rows) counts.push({ name: column.name, keyId: key, count: Number(count) });
  }
  return counts;
}
