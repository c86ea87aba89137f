/** Takes the embedded server's messages. */
export type EmbeddedLog = (level: "info" | "warn" | "error", message: string) => void;

/** PostgreSQL begins each line with it, so that a line names the kind of process that wrote it. */
export const logLinePrefix = "%b|";

/** How many of the newest lines are kept to explain why a server ended. */
const keptLines = 40;

// Before PostgreSQL has read its settings, its lines begin with a time instead of our prefix: hence the lazy middle.
const logLine =
  /^(?:(?<writer>[^|:]*)\|)?.*?\b(?<severity>DEBUG\d|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC): +(?<text>.*)$/;

/** Processes that work for one client. */
const clientWriters: ReadonlySet<string> = new Set(["client backend", "parallel worker", "walsender"]);

/** Reads the output of one PostgreSQL process tree. */
export interface LogReader {
  /** Takes one line, without its line end. */
  line(text: string): void;
  /**
   * The line that best explains the end of the server: the last line that reports an error, otherwise the last line.
   */
  problem(): string;
}

type Level = Parameters<EmbeddedLog>[0];

/**
 * The level of a line in our log; undefined for a line that is dropped. Errors in a client's statement are dropped:
 * PostgreSQL reports them to the client, and their text may quote a value ('invalid input syntax for type uuid:
 * "..."'), which must not get into a log. A client's FATAL lines are about its connection.
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

/** Makes a reader that passes PostgreSQL's lines on to `log`, each with its level. Never throws. */
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
      // PostgreSQL begins each further line of a message with a tab. It has the level of the first line.
      if (line.startsWith("\t")) return pass(line.trim());
      const parts = logLine.exec(line)?.groups;
      // A line of another form is not PostgreSQL's, but for instance the loader's, which misses a library.
      level = parts === undefined ? "warn" : levelOf(parts.writer ?? "", parts.severity ?? "");
      pass((parts?.text ?? line).trim());
    },
    problem: () => {
      const worst = kept.findLast((line) => line.level === "error") ?? kept.at(-1);
      return worst?.text ?? "it wrote nothing to its log";
    },
  };
}
