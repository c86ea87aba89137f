import { logLinePrefix } from "./log.ts";

/** Part of the name of the socket file. The socket directory is private, so no other server competes for it. */
export const port = 5432;

/** Defaults which an operator or a test may change through `settings`. */
function tuning(walCompression: string): Record<string, string> {
  return {
    // Our pools take a few dozen connections. The rest is for commands that run beside the server.
    max_connections: "100",
    // Holds the working set of a small shop. The memory is only taken once pages are really used.
    shared_buffers: "256MB",
    // The planner may expect this much in PostgreSQL's cache and the kernel's together, on a machine with one or two GB
    // to spare.
    effective_cache_size: "1GB",
    // The commits of a burst can share one write. The smaller default would force early writes.
    wal_buffers: "16MB",
    // A burst of writes should not force a checkpoint. With the default of 1 GB an import would run into several.
    max_wal_size: "2GB",
    // Keeps this much log ready for reuse, so that a burst does not begin with the creation of files.
    min_wal_size: "256MB",
    // Spreads a checkpoint's writes over nearly the whole time until the next one, so that requests do not stall.
    checkpoint_completion_target: "0.9",
    // Our queries touch few rows each. A parallel plan would cost more than it gains, and would take its memory from
    // /dev/shm, which containers limit to 64 MB.
    max_parallel_workers_per_gather: "0",
    // Full page images are most of the log after a checkpoint, and they shrink well.
    wal_compression: walCompression,
    // A redemption counts only once its commit is durable. These are PostgreSQL's defaults, repeated here against a
    // configuration file in restored data.
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    // A line every five minutes about routine work would bury the lines that matter.
    log_checkpoints: "off",
    timezone: "UTC",
    log_timezone: "UTC",
  };
}

/** Settings that nobody may change, since safety or this module's own working rests on them. */
function fixed(socketDir: string, clusterName: string): Record<string, string> {
  return {
    listen_addresses: "",
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: "0700",
    port: String(port),
    cluster_name: clusterName,
    log_destination: "stderr",
    logging_collector: "off",
    log_line_prefix: logLinePrefix,
    // Secrets and codes pass through statements as values. So no statement, no parameter and no DETAIL line (which
    // quotes values and statements) may be written to the log.
    log_statement: "none",
    log_min_duration_statement: "-1",
    log_min_duration_sample: "-1",
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    log_parameter_max_length: "0",
    log_parameter_max_length_on_error: "0",
  };
}

/**
 * The command line arguments that give PostgreSQL its settings. Arguments win over every configuration file in the data
 * directory. Never throws.
 */
export function settingArguments(
  { socketDir, clusterName }: { readonly socketDir: string; readonly clusterName: string },
  hasLz4: boolean,
  changes: Readonly<Record<string, string>>,
): string[] {
  const settings = { ...tuning(hasLz4 ? "lz4" : "pglz"), ...changes, ...fixed(socketDir, clusterName) };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
