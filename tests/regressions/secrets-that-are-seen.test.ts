/**
 * The fault: secrets were arguments, which stand in the list of processes and in the history of the shell; the settings
 * could only stand in the environment of each command; and the owner's first password went to the journal.
 *
 * The guarantee: secret settings and tokens are read from standard input or a file. `--env-file` gives every command
 * the same settings, checked as those of the environment, from a file that is not open to others. Where nobody watches
 * a terminal, the first password is in a file for its owner's eyes.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readEnvFile } from "../../src/cli/env-file.ts";
import { CommandError } from "../../src/cli/tools.ts";
import { defaultOrganizationId } from "../../src/core/host.ts";
import { startTestApp } from "../support/app.ts";
import {
  databaseEnvironment,
  type Environment,
  firstPassword,
  root,
  runCommand,
  startServer,
  temporaryFolder,
} from "../support/server-process.ts";

/** Runs a command with this on its standard input; resolves with all that it printed. */
async function runWith(input: string, args: readonly string[], environment: Environment): Promise<string> {
  const child = spawn(process.execPath, [join(root, "src/main.ts"), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (printed += text));
  child.stdin.end(input);
  return new Promise((resolve) => child.once("close", () => resolve(printed)));
}

test("a secret setting and a token are read from standard input or a file", async (t) => {
  const app = await startTestApp(t);
  const { administration, queries } = app.app;
  const environment = {
    DATABASE_URL: app.database.url,
    DATA_DIR: app.dataDir,
    SECRET_KEY: app.secretKeys.map((key) => key.toString("hex")).join(),
    LOG_LEVEL: "silent",
  };
  const secret = async () => (await queries.organizations.byId(1))?.settings.get("mor.secret");
  assert.equal(
    await runWith("from-standard-input\n", ["setting", "set", "mor.secret"], environment),
    "mor.secret = (set)\n",
  );
  assert.equal(await secret(), "from-standard-input");
  assert.equal(
    await runWith("with-a-dash-instead", ["setting", "set", "mor.secret", "-"], environment),
    "mor.secret = (set)\n",
  );
  assert.equal(await secret(), "with-a-dash-instead");
  const file = join(temporaryFolder(t), "key.txt");
  writeFileSync(file, "from-a-file-of-mine\r\n");
  const fromFile = await runWith("", ["setting", "set", "mor.secret", "--from-file", file], environment);
  assert.equal(fromFile, "mor.secret = (set)\n");
  assert.equal(await secret(), "from-a-file-of-mine");
  assert.match(await runWith("", ["setting", "set", "mor.secret"], environment), /^Nothing was given\.\n$/);
  assert.match(
    await runWith("on", ["setting", "set", "mor.api"], environment),
    /^error: missing required argument 'value'/,
  );
  assert.match(
    await runWith("", ["setting", "set", "mor.secret", "twice", "--from-file", file], environment),
    /^Give the value or --from-file, and not both\.\n$/,
  );
  assert.match(
    await runWith("", ["setting", "set", "ezpert.product", "Nonesuch"], environment),
    /^There is no product Nonesuch\. "counterfoil license product Nonesuch" makes one\.\n$/,
  );

  const operatorId = await administration.putOperator(defaultOrganizationId, {
    login: "ada",
    passwordHash: "none",
    role: "owner",
  });
  await administration.putToken(defaultOrganizationId, {
    operatorId,
    token: "a-token-to-be-revoked",
    expiresAtMs: null,
  });
  assert.equal(await runWith("a-token-to-be-revoked\n", ["token", "revoke"], environment), "The token is revoked.\n");
});

test("a settings file is for every command, and the environment goes before it", async (t) => {
  const { environment } = await databaseEnvironment(t);
  const file = join(temporaryFolder(t), "counterfoil.env");
  const { DATABASE_URL = "", SECRET_KEY = "", DATA_DIR = "" } = environment;
  writeFileSync(
    file,
    `# Settings\n\nDATABASE_URL="${DATABASE_URL}"\nexport SECRET_KEY=${SECRET_KEY}\nDATA_DIR='${DATA_DIR}'\nPORT=9000\nLOG_LEVEL=warn\n`,
    { mode: 0o600 },
  );
  const listed = await runCommand(t, ["config", "--env-file", file], { PORT: "9001" });
  assert.match(listed.stdout, /^DATABASE_URL +\(set\) +file /m);
  assert.match(listed.stdout, /^PORT +9001 +environment /m);
  assert.match(listed.stdout, /^LOG_LEVEL +warn +file /m);
  const command = await runCommand(t, ["--env-file", file, "setting", "list"]);
  assert.deepEqual([command.code, command.stderr], [0, ""]);
  const bad = join(temporaryFolder(t), "bad.env");
  writeFileSync(bad, "PORT=http\n");
  const refused = await runCommand(t, ["serve", "--env-file", bad], { PORT: "" });
  assert.match(refused.stderr, /^PORT is "http"; it must be a number/);
});

test("a settings file with anything else in it, or open to others with secrets, is refused", async (t) => {
  const file = join(temporaryFolder(t), "counterfoil.env");
  const cases: readonly (readonly [text: string, mode: number, words: RegExp])[] = [
    ["PORT 9000", 0o600, /line 1: it must be like NAME=value\.$/],
    [
      "PORT=1\nDATABSE_URL=postgres://a:hush@b/c",
      0o600,
      /line 2: there is no setting DATABSE_URL\. "counterfoil config" lists/,
    ],
    ['MAIL_FROM="Shop', 0o600, /line 1: it must be like/],
    [
      "DATABASE_URL=postgres://a:hush@b/c",
      0o644,
      /has secrets and is open to every account of this machine\. Close it/,
    ],
    ["SECRET_KEY=00", 0o606, /has secrets and is open/],
  ];
  for (const [text, mode, words] of cases) {
    writeFileSync(file, text);
    chmodSync(file, mode);
    assert.throws(
      () => readEnvFile(file),
      (error) => {
        assert.ok(error instanceof CommandError);
        assert.doesNotMatch(error.message, /hush/);
        return words.test(error.message);
      },
    );
  }
  writeFileSync(
    file,
    'PORT = 9000\nMAIL_FROM=Shop <shop@example.com>\nSMTP_URL=\nPUBLIC_URL="https://a.example.com/#x"\n',
  );
  assert.throws(() => readEnvFile(file), CommandError, "SMTP_URL is a secret one");
  chmodSync(file, 0o640);
  assert.deepEqual(readEnvFile(file), {
    PORT: "9000",
    MAIL_FROM: "Shop <shop@example.com>",
    SMTP_URL: "",
    PUBLIC_URL: "https://a.example.com/#x",
  });
  assert.throws(() => readEnvFile(join(file, "nothing")), /^CommandError: The settings file \S+ cannot be read: /);
});

test("the first password is in a file, and neither in what the server prints nor in its log", async (t) => {
  const { environment } = await databaseEnvironment(t, { empty: true });
  const server = await startServer(t, environment);
  const password = firstPassword(server) ?? "";
  assert.match(password, /^[\w-]{20}$/);
  const { stdout, stderr } = await server.stop();
  assert.ok(!(stdout + stderr).includes(password));
});
