import type { CommandLine } from "./dialect.ts";
import { commandLine as ezpert } from "./ezpert/command-line.ts";
import { commandLine as mor } from "./mor/command-line.ts";
import { commandLine as nokkis } from "./nokkis/command-line.ts";
import { commandLine as ocharts } from "./ocharts/command-line.ts";
import { commandLine as oesu } from "./oesu/command-line.ts";

/** The command lines of the dialects, in the same order. */
export const commandLines: readonly CommandLine[] = [nokkis, mor, ezpert, ocharts, oesu];
