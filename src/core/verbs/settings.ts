import { aboutSetup, type LogDetail, type Plain } from "../log-entry.ts";
import { canonicalLogin, operators } from "../operator.ts";
import { type Setting, settingKey, settings } from "../setting.ts";
import { put, remove } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface ChangeSetting {
  readonly name: string;
  /** The login of the operator whose own setting it is; the organization's when absent. */
  readonly operator?: string;
  /** Absent: it returns to its default. */
  readonly value?: Plain | undefined;
  /** Whether it is kept sealed, and never told. */
  readonly isSecret?: boolean;
}

/** Changes a setting of the organization, or one of an operator's own. `changed`: it was another value, or a secret. */
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

/** Whether nothing changes. Secrets are not known, so that one that is set again counts as another. */
function isSame(before: Setting | undefined, after: Setting | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return !before.isSecret && !after.isSecret && JSON.stringify(before.value) === JSON.stringify(after.value);
}

/** A value as the log tells it; it tells nothing of a default. */
function shown({ isSecret, value }: Setting): Plain {
  return isSecret ? "(secret)" : value;
}
