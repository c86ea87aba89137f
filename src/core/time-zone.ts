const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether this names a time zone of the IANA database, such as `Europe/Helsinki`. */
export function isTimeZone(name: string): boolean {
  // The runtime also takes offsets such as "+02:00". They know no clock changes.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    formats.set(timeZone, format);
  }
  return format;
}

/** The calendar day of this moment in this time zone, as `YYYY-MM-DD`. Throws for a zone that does not exist. */
export function dayIn(timeZone: string, atMs: number): string {
  return formatOf(timeZone).format(atMs);
}
