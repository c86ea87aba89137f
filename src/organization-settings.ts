import { dialects } from "./dialects/index.ts";
import { logSettings } from "./expiry/log-settings.ts";
import { mailSettings } from "./mail/settings.ts";
import { joinSettings } from "./settings.ts";

/** Every setting of an organization. */
export const organizationSettings = joinSettings(
  mailSettings.list,
  logSettings.list,
  ...dialects.map(({ settings }) => settings),
);
