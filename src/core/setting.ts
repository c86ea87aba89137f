import type { Plain } from "./log-entry.ts";
import { canonicalLogin } from "./operator.ts";
import { noun } from "./state.ts";

/** A setting whose value is not the default. */
export interface Setting {
  /** Without blanks: `mail.from`. */
  readonly name: string;
  /** The `canonicalLogin` of the operator to whom it belongs; `null` for a setting of the organization. */
  readonly operator: string | null;
  /** A secret value is known only while it is set. */
  readonly value: Plain;
  /** Whether it is sealed in the database and never shown. */
  readonly isSecret: boolean;
}

/** Settings, by `settingKey`. */
export const settings = noun<string, Setting>({
  name: "setting",
  keyOf: ({ name, operator }) => settingKey(name, operator),
});

/** The name of a setting; for a setting of an operator a blank and the login follow. */
export function settingKey(name: string, operator: string | null): string {
  return operator === null ? name : `${name} ${canonicalLogin(operator)}`;
}
