import type { Plain } from "./action.ts";
import { canonicalLogin } from "./operator.ts";
import { noun } from "./state.ts";

/** A setting that has another value than its default. */
export interface Setting {
  /** Without blanks: `mail.from`. */
  readonly name: string;
  /** The `canonicalLogin` of the operator whose own it is; `null` for the organization's. */
  readonly operator: string | null;
  /** Of a secret one it is known only when it is set. */
  readonly value: Plain;
  /** Kept sealed, and never told. */
  readonly isSecret: boolean;
}

/** Settings, by `settingKey`. */
export const settings = noun<string, Setting>({
  name: "setting",
  keyOf: ({ name, operator }) => settingKey(name, operator),
});

/** The name of a setting, and behind a blank the login of the operator whose own it is. */
export function settingKey(name: string, operator: string | null): string {
  return operator === null ? name : `${name} ${canonicalLogin(operator)}`;
}
