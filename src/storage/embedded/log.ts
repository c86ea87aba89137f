/** Where the embedded server's messages go. */
export type EmbeddedLog = (level: "info" | "warn" | "error", message: string) => void;

/** Put before each line by PostgreSQL, so that a line tells which kind of process wrote it. */
export const logLinePrefix = "%b|";

/** How many of the newest lines are kept to explain why a server ended. */
const keptLines = 40;

// Lines written before PostgreSQL has read its settings carry a time instead of our prefix: hence the lazy middle.
const logLine =
  /^(?:(?<writer>[^|:]*)\|)?.*?\b(?<severity>DEBUG\d|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC): +(?<text>.*)$/;

/** Processes that work for one client. */
const clientWriters: ReadonlySet<string> = new Set(["client backend", "parallel worker", "walsender"]);

/** Reads what one PostgreSQL process tree writes to stderr. */
export interface LogReader {
  /** Takes one line, without its line end. */
  line(text: string): void;
  /** The line that best explains why the server ended: the last that reports an error, otherwise the last at all. */
  problem(): string;
}

type Level = Parameters<EmbeddedLog>[0];

/**
 * The level under which a line is passed on, or undefined for a line that is dropped. What goes wrong in a client's
 * statement is that client's business: PostgreSQL reports it to the client, and its text may quote a value ('invalid
 * input syntax for type uuid: "..."'), which has no place in a log. A client's FATAL lines are about its connection.
 */
function levelOf(writer: string, severity: string): Level | undefined {
  if (clientWriters.has(writer)) {
    if (severity === "PANIC") return "error";
    if (severity === "FATAL") return "warn";
    return severity === "LOG" ? "info" : undefined;
  }
  if (severity === "PANIC" || severity === "FATAL" || severity === "ERROR") return "error";
  return severity === "WARNING" ? "warn" : "info";
}

/** Makes a reader that passes PostgreSQL's lines on to `log`, each under a fitting level. Never throws. */
export function readServerLog(log: EmbeddedLog): LogReader {
  const kept: { level: Level; text: string }[] = [];
  let level: Level | undefined = "warn";

  const pass = (text: string): void => {
    if (level === undefined || text === "") return;
    kept.push({ level, text });
    if (kept.length > keptLines) kept.shift();
    log(level, `PostgreSQL: ${text}`);
  };

  return {
    line: (line) => {
      // PostgreSQL begins each further line of one message with a tab: it shares the fate of the first line.
      if (line.startsWith("\t")) return pass(line.trim());
      const parts = logLine.exec(line)?.groups;
      // Anything else comes from below PostgreSQL, for instance from the loader that misses a library.
      level = parts === undefined ? "warn" : levelOf(parts.writer ?? "", parts.severity ?? "");
      pass((parts?.text ?? line).trim());
    },
    problem: () => {
      const worst = kept.findLast((line) => line.level === "error") ?? kept.at(-1);
      return worst?.text ?? "it wrote nothing to its log";
    },
  };
}
