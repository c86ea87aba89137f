import { choice, defineSettings, type ReadSettings, text, whole } from "../../settings.ts";
import { readVersion, type Version } from "./decode.ts";

const deliveryDaysMax = 365;
const linkHoursMax = 24 * deliveryDaysMax;

/** The settings of an organization. */
export const settings = defineSettings("ocharts", {
  minVersion: text<Version | "none">({
    byDefault: "none",
    otherwise: "none",
    meaning: "the oldest plugin that is served, as 3.3.13; older ones, and those that do not tell, are asked to update",
    must: "a version like 3.3.13, or none",
    parse: (version) => (version === "none" ? version : readVersion(version)),
  }),
  maintenance: choice(["off", "on"], {
    byDefault: "off",
    meaning: "on: every task is answered with the maintenance mode; downloads go on",
  }),
  deliveryDays: whole(
    { min: 1, max: deliveryDaysMax },
    {
      byDefault: 7,
      meaning: "for how many days a chart set is kept once it was prepared; then it must be requested again",
    },
  ),
  linkHours: whole(
    { min: 1, max: linkHoursMax },
    {
      byDefault: 24,
      meaning: "how many hours a download link is good for; every list of charts has new ones",
    },
  ),
});

export type OchartsSettings = ReadSettings<typeof settings>;
