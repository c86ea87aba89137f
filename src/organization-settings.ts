import { commandLines } from "./dialects/command-lines.ts";
import { logSettings } from "./expiry/log-settings.ts";
import { mailSettings } from "./mail/settings.ts";
import { joinSettings } from "./settings.ts";

/** Every setting of an organization. */
export const organizationSettings = joinSettings(
  mailSettings.list,
  logSettings.list,
  ...commandLines.map(({ settings }) => settings),
);
