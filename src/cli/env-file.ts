import { readFileSync, statSync } from "node:fs";
import { isSecretSetting, settingNames } from "../config.ts";
import { CommandError, reasonOf } from "./tools.ts";

/** The mode bits that open a file to accounts other than its owner and its group. */
const othersBits = 0o007;

const lineShape = /^(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'][^"']*?)?)\s*$/;

/**
 * Reads a settings file: a line `NAME=value` for each setting, the value in quotes or not. Blank lines and lines that
 * begin with `#` are skipped. Other lines and unknown names are refused: with a mistyped name the command would
 * silently use another database. A file with secrets is refused if every account of the machine may read it.
 */
export function readEnvFile(path: string): Readonly<Record<string, string>> {
  const { text, mode } = read(path);
  const values: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const [, name, ...variants] = lineShape.exec(line.trim()) ?? [];
    // The line itself may hold a secret.
    if (name === undefined) throw new CommandError(`${path}, line ${index + 1}: it must be like NAME=value.`);
    if (!settingNames.includes(name)) {
      throw new CommandError(
        `${path}, line ${index + 1}: there is no setting ${name}. "counterfoil config" lists the settings.`,
      );
    }
    values[name] = variants.find((variant) => variant !== undefined) ?? "";
  }
  if ((mode & othersBits) !== 0 && Object.keys(values).some(isSecretSetting)) {
    throw new CommandError(
      `${path} has secrets and is open to every account of this machine. Close it: "chmod 600 ${path}".`,
    );
  }
  return values;
}

function read(path: string): { readonly text: string; readonly mode: number } {
  try {
    return { text: readFileSync(path, "utf8"), mode: statSync(path).mode };
  } catch (error) {
    throw new CommandError(`The settings file ${path} cannot be read: ${reasonOf(error)}.`);
  }
}
