import type pg from "pg";
import { keptAnswerPurpose } from "./idempotency-records.ts";
import { deviceSecretPurpose } from "./nouns/phone-device.ts";
import { pinHashOf, pinPurpose } from "./nouns/pin.ts";
import { accessKeyPurpose } from "./nouns/product.ts";
import { settingPurpose } from "./nouns/setting.ts";
import { keyIdBytes, type Secrets } from "./secrets.ts";

/** A column with sealed values. */
export interface SealedColumn {
  /** The name of its values in messages. */
  readonly name: string;
  readonly table: string;
  readonly column: string;
  readonly purpose: string;
  /** The column with the hash by which a value is found. */
  readonly lookup?: { readonly column: string; readonly hash: (secrets: Secrets, text: string) => Buffer };
  /** Settings are JSON, and only some of them are sealed: `{"sealed": "base64"}`. */
  readonly isSetting?: true;
}

/** Every column with sealed values, except the look-up parts of retired keys. */
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

/** The number of values of a column under one key, whose name is in hexadecimal. */
export interface SealedCount {
  readonly name: string;
  readonly keyId: string;
  readonly count: number;
}

/** Any other text is no sealed value: the decoder would fail on it, and the whole statement with it. */
const base64Shape = "^([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";

/** The condition that a row holds a sealed value. */
export function isSealed({ column, isSetting }: Pick<SealedColumn, "column" | "isSetting">): string {
  return isSetting ? `${column} ->> 'sealed' ~ '${base64Shape}'` : `${column} is not null`;
}

/** The expression of a sealed value as bytes. Whatever the plan, the case keeps other values from the decoder. */
export function sealedBytes({ column, isSetting }: Pick<SealedColumn, "column" | "isSetting">): string {
  return isSetting
    ? `case when ${isSealed({ column, isSetting })} then decode(${column} ->> 'sealed', 'base64') end`
    : column;
}

/** The expression of the name of the key that sealed a value, in hexadecimal. */
export function sealingKeyId(column: SealedColumn): string {
  return `encode(substring(${sealedBytes(column)} from 1 for ${keyIdBytes}), 'hex')`;
}

/** Counts the sealed values of the database by key. Reads every row: a few seconds for a million. */
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
