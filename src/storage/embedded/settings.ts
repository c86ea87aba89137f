import { logLinePrefix } from "./log.ts";

/** Names the socket file; the socket directory is private, so no other server competes for it. */
export const port = 5432;

/** Our pools take a few dozen connections; the rest is for commands run beside the server. */
const maxConnections = "100";

/** Holds the working set of a small shop; the memory is only taken once pages are really used. */
const sharedBuffers = "256MB";

/** What the planner may expect in this cache and the kernel's together, on a machine with one or two GB to spare. */
const effectiveCacheSize = "1GB";

/** Lets the commits of a burst share one write, where the default of a small buffer would force early ones. */
const walBuffers = "16MB";

/** A burst of writes should not force a checkpoint: with the default of 1 GB an import would run into several. */
const maxWalSize = "2GB";

/** Keeps this much log ready for reuse, so that a burst does not begin with the creation of files. */
const minWalSize = "256MB";

/** Spreads a checkpoint's writes over nearly the whole time until the next one, so that requests do not stall. */
const checkpointCompletionTarget = "0.9";

/**
 * Our queries touch few rows each; a parallel plan would cost more than it gains, and would take its memory from
 * /dev/shm, which containers limit to 64 MB.
 */
const maxParallelWorkersPerGather = "0";

/** Defaults which an operator or a test may change through `settings`. */
function tuning(walCompression: string): Record<string, string> {
  return {
    max_connections: maxConnections,
    shared_buffers: sharedBuffers,
    effective_cache_size: effectiveCacheSize,
    wal_buffers: walBuffers,
    max_wal_size: maxWalSize,
    min_wal_size: minWalSize,
    checkpoint_completion_target: checkpointCompletionTarget,
    max_parallel_workers_per_gather: maxParallelWorkersPerGather,
    // Full page images are most of the log after a checkpoint, and they shrink well.
    wal_compression: walCompression,
    // A durable commit is what a redemption means. These are PostgreSQL's defaults, held here against a configuration
    // file that came with restored data.
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    // A line every five minutes about routine work would bury the lines that matter.
    log_checkpoints: "off",
    timezone: "UTC",
    log_timezone: "UTC",
  };
}

/** What no setting may change, since safety or this module's own working rests on it. */
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

/** What the settings of one server depend on. */
export interface SettingsBase {
  readonly socketDir: string;
  /** Shown in the titles of all its processes, which is how they are known again. */
  readonly clusterName: string;
  readonly lz4: boolean;
  readonly extra: Readonly<Record<string, string>>;
}

/**
 * The command line arguments that give PostgreSQL its settings. They are arguments rather than lines of a file so that
 * they hold over whatever configuration file lies in the data directory. Never throws.
 */
export function settingArguments(base: SettingsBase): string[] {
  const settings = {
    ...tuning(base.lz4 ? "lz4" : "pglz"),
    ...base.extra,
    ...fixed(base.socketDir, base.clusterName),
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
