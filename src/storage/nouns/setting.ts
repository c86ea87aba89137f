import { type Setting, settings } from "../../core/setting.ts";
import { rows } from "../../engine/working-set.ts";
import { deleteSettings, lockSettings, writeSettings } from "../statements/settings.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

export const storedSettings: StoredNoun<string, Setting> = {
  noun: settings,
  locksRows: true,

  async load({ runner, organizationId }, asked, lock) {
    return [rows(settings, await lockSettings(runner, organizationId, asked.keys(settings), lock))];
  },

  *write({ runner, secrets, organizationId }, { added, changed, removed }) {
    yield* unlessEmpty(removed, (keys) => deleteSettings(runner, organizationId, keys));
    yield* unlessEmpty([...added, ...changed], (all) => writeSettings(runner, secrets, organizationId, all));
  },
};
