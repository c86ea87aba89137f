import { aboutSetup, type LogDetail, type Plain } from "../log-entry.ts";
import { canonicalLogin, operators } from "../operator.ts";
import { type Setting, settingKey, settings } from "../setting.ts";
import { put, remove } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface ChangeSetting {
  readonly name: string;
  /** The login of the operator to whom the setting belongs. When absent it is a setting of the organization. */
  readonly operator?: string;
  /** When absent, the setting returns to its default. */
  readonly value?: Plain | undefined;
  /** Whether it is sealed in the database and never shown. */
  readonly isSecret?: boolean;
}

/** Changes a setting of the organization or of an operator. `changed`: the value differs, or is a secret. */
export const changeSetting = verb<ChangeSetting, { readonly changed: boolean }>()({
  name: "change_setting",
  permission: "manage_settings",
  refusals: ["operator_not_found"],
  logs: ["setting_changed"],

  needs: ({ name, operator }) => ({
    lock: [settings.at(settingKey(name, operator ?? null))],
    read: operator === undefined ? [] : [operators.at(canonicalLogin(operator))],
  }),

  decide(state, { name, value, isSecret = false, ...whose }, { nowMs }) {
    const operator = whose.operator === undefined ? null : canonicalLogin(whose.operator);
    if (operator !== null && state.get(operators, operator) === undefined) return refuse("operator_not_found");
    const key = settingKey(name, operator);
    const before = state.get(settings, key);
    const after: Setting | undefined = value === undefined ? undefined : { name, operator, value, isSecret };
    if (isSame(before, after)) return accept({ changed: false });
    const effect = after === undefined ? remove(settings, key) : put(settings, after);
    const detail: LogDetail = {
      setting: name,
      ...(operator === null ? {} : { operator }),
      ...(before === undefined ? {} : { from: shown(before) }),
      ...(after === undefined ? {} : { to: shown(after) }),
    };
    return accept({ changed: true }, [effect], [aboutSetup("setting_changed", detail, nowMs)]);
  },
});

/** Whether nothing changes. Stored secrets are not known, so setting one always counts as a change. */
function isSame(before: Setting | undefined, after: Setting | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return !before.isSecret && !after.isSecret && JSON.stringify(before.value) === JSON.stringify(after.value);
}

/** The value as the log shows it. */
function shown({ isSecret, value }: Setting): Plain {
  return isSecret ? "(secret)" : value;
}
