import { choice, defineSettings, type ReadSettings, text, whole } from "../../settings.ts";
import { readVersion, type Version } from "./decode.ts";
import { type KeyHook, readHook } from "./key-hook.ts";

/** Documents are kept longer than this. */
const linkHoursMax = 30 * 24;
const sentenceLengthMax = 200;

/** The settings of an organization. */
export const settings = defineSettings("oesu", {
  minVersion: text<Version | "none">({
    byDefault: "none",
    otherwise: "none",
    meaning: "the oldest plugin that is served, as 2.1.6; older ones are asked to update",
    must: "a version like 2.1.6, or none",
    parse: (version) => (version === "none" ? version : readVersion(version)),
  }),
  maintenance: choice(["off", "on"], {
    byDefault: "off",
    meaning: "on: lists are shown with a notice, and every other task is refused with the status 503",
  }),
  maintenanceNotice: text<string>({
    byDefault: "The chart server is being maintained. Try again later.",
    otherwise: "The chart server is being maintained. Try again later.",
    meaning: "the sentence that customers see during maintenance",
    must: `a sentence of at most ${sentenceLengthMax} characters`,
    parse: (notice) =>
      /^[^\p{Cc}]*\S[^\p{Cc}]*$/u.test(notice) && notice.length <= sentenceLengthMax ? notice : undefined,
  }),
  keyHook: text<KeyHook | null>({
    byDefault: "none",
    otherwise: null,
    examples: ["https://keys.example.com/list", "/opt/keys/make"],
    meaning: "the program, by its absolute path, or the URL that makes the keys of a chart for a system; none: our own",
    must: "an https URL, an http URL of this machine, the absolute path of a program, or none",
    parse: readHook,
  }),
  keyHookMs: whole(
    { min: 100, max: 7_000 },
    { byDefault: 5_000, meaning: "how many milliseconds the hook has for all its attempts together" },
  ),
  linkHours: whole(
    { min: 1, max: linkHoursMax },
    { byDefault: 24, meaning: "how many hours a download link is good for; every request has new ones" },
  ),
});

export type OesuSettings = ReadSettings<typeof settings>;
