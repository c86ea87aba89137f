import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { eventually } from "../support/eventually.ts";
import { basic, exchange } from "../support/exchange.ts";
import {
  databaseEnvironment,
  type Environment,
  root,
  runCommand,
  startServer,
  temporaryFolder,
} from "../support/server-process.ts";
import { openTerminal } from "../support/terminal.ts";

/** Runs a command that must do its work, and resolves with its answer. */
async function answerOf(t: TestContext, args: readonly string[], environment: Environment = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(t, args, environment);
  assert.equal(stderr, "");
  assert.equal(code, 0, stdout);
  return stdout;
}

/** Runs a command that must fail, and resolves with the sentence that it ends with. */
async function refusalOf(t: TestContext, args: readonly string[], environment: Environment = {}): Promise<string> {
  const { code, stderr } = await runCommand(t, args, environment);
  assert.equal(code, 1);
  assert.doesNotMatch(stderr, /^\s+at |node:internal/m, "no stack trace");
  return stderr;
}

describe("the command line explains itself", { concurrency: true }, () => {
  const commands = [
    "serve",
    "demo",
    "migrate",
    "config",
    "doctor",
    "operator list",
    "operator add",
    "operator password",
    "operator disable",
    "operator enable",
    "operator role",
    "operator remove",
    "setting list",
    "setting set",
    "setting draw",
    "setting unset",
    "conflict list",
    ...["list", "find", "show", "add", "confirm", "release"].map((one) => `hold ${one}`),
  ];
  /** Those that a protocol knows by a word of its own, too. */
  const renamed = [
    ...["list", "find", "show", "add", "change", "retire", "restore", "close", "reopen", "inside"].map((one) => [
      "product",
      "event",
      one,
    ]),
    ...["list", "find", "show", "issue", "redeem", "undo", "suspend", "reinstate", "extend", "transfer", "reissue"].map(
      (one) => ["entitlement", "ticket", one],
    ),
    ...["revoke", "change"].map((one) => ["entitlement", "ticket", one]),
  ];

  const terminal = openTerminal();

  test("--help lists every command", async (t) => {
    const help = await answerOf(t, ["--help"]);
    for (const command of commands) assert.match(help, new RegExp(`^ {2}${command.split(" ")[0]}\\b`, "m"));
    assert.match(help, /Settings come from the environment: "counterfoil config" lists them\./);
  });

  for (const command of commands) {
    test(`${command} --help says what it does`, async () => {
      const help = (await terminal.run(...command.split(" "), "--help")).join("\n");
      assert.match(help, new RegExp(`^Usage: counterfoil ${command} .*\\n\\n[a-z]`));
    });
  }

  for (const [noun = "", word = "", act = ""] of renamed) {
    test(`${noun} ${act} --help says what it does, and so does ${word} ${act}`, async () => {
      const help = (await terminal.run(noun, act, "--help")).join("\n");
      assert.match(help, new RegExp(`^Usage: counterfoil ${noun} ${act} .*\\n\\n[a-z]`));
      assert.equal((await terminal.run(word, act, "--help")).join("\n"), help);
    });
  }

  test("--help marks an option that is required", async () => {
    const help = (await terminal.run("hold", "add", "--help")).join("\n").replaceAll(/\s+/g, " ");
    assert.match(help, /--product <number> the product \(required\)/);
    assert.match(help, /--count <number> how many \(default: "1"\)/);
  });

  test("--version is the package's", async (t) => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    assert.equal(await answerOf(t, ["--version"]), `${version}\n`);
  });

  test("the executable finds the project's own Node.js, also through a link", async (t) => {
    const link = join(temporaryFolder(t), "counterfoil");
    symlinkSync(join(root, "bin/counterfoil"), link);
    const { stdout } = await promisify(execFile)(link, ["--version"], { env: { PATH: "/usr/bin:/bin" } });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  const mistakes: readonly (readonly [args: string, sentence: RegExp])[] = [
    ["sevre", /^error: unknown command 'sevre'\n\(Did you mean serve\?\)/],
    ["serve --port 80", /^error: unknown option '--port'/],
    ["serve now", /^error: too many arguments for 'serve'/],
    ["operator", /^Usage: counterfoil operator/],
    ["operator add", /^error: missing required argument 'login'/],
    ["operator dismiss owner", /^error: unknown command 'dismiss'/],
    ["setting set nokkis.gate", /^error: missing required argument 'value'/],
    [
      "operator add ada --role king",
      /^There is no role "king"\. There are: owner, administrator, accountant, reseller, auditor, steward\.\n$/,
    ],
    ["operator add a:b", /^A login has 1 to 100 characters, and neither blanks nor colons\.\n$/],
    ["order add GBLAQPDMG --product 15", /^error: required option '--customer <name>' not specified/],
    [
      "order add A-1 --customer ada --product 15",
      /^An order is called by 1 to 32 letters and digits: "A-1" is not\.\n$/,
    ],
    ["setting set nokkis.gates open", /^There is no setting nokkis\.gates\./],
    ["setting set elsewhere open", /^There is no setting elsewhere\./],
    ["setting set nokkis.gate wide", /^nokkis\.gate must be one of: key, open\.\n$/],
    ["setting unset elsewhere", /^There is no setting elsewhere\./],
  ];
  for (const [args, sentence] of mistakes) {
    test(`counterfoil ${args}`, async () => {
      const { code, out, error } = await terminal.end(...args.split(" "));
      assert.match(error, sentence);
      assert.deepEqual({ code, out }, { code: 1, out: "" });
    });
  }

  test("a mistake and a refusal end the process with their words", async (t) => {
    assert.match(await refusalOf(t, ["sevre"]), /^error: unknown command 'sevre'\n\(Did you mean serve\?\)/);
    assert.match(await refusalOf(t, ["operator", "add", "a:b"]), /^A login has 1 to 100 characters/);
  });

  test("without a command it shows the help", async (t) => {
    assert.match(await refusalOf(t, []), /^Usage: counterfoil \[options\] \[command\]/);
  });
});

describe("counterfoil config", { concurrency: true }, () => {
  test("lists every setting with its value and where that comes from, and hides secrets", async (t) => {
    const environment = {
      PORT: "9000",
      HOST: "",
      DATABASE_URL: "postgres://ada:hidden-password@db.example.com/shop",
      SECRET_KEY: "ab".repeat(32),
      SMTP_URL: "smtp://ada:hidden-word@mail.example.com:587",
    };
    const listed = await answerOf(t, ["config"], environment);
    const lines = listed.trimEnd().split("\n");
    const columns = /^(\w+) +(.*?) +(environment|default) +\S/;
    assert.deepEqual(
      lines.map((line) => columns.exec(line)?.slice(1)),
      [
        ["HOST", "127.0.0.1", "default"],
        ["PORT", "9000", "environment"],
        ["DATA_DIR", "./data", "default"],
        ["DISK_RESERVE_MB", "", "default"],
        ["DATABASE_URL", "(set)", "environment"],
        ["DATABASE_CONNECTIONS", "22", "default"],
        ["SECRET_KEY", "(set)", "environment"],
        ["SMTP_URL", "(set)", "environment"],
        ["MAIL_FROM", "Counterfoil <noreply@localhost>", "default"],
        ["PUBLIC_URL", "", "default"],
        ["TRUST_PROXY", "", "default"],
        ["METRICS_ADDR", "", "default"],
        ["LOG_LEVEL", "info", "default"],
      ],
    );
    assert.doesNotMatch(listed, /hidden|abab/);
  });

  test("ends with a sentence for each setting that cannot be used", async (t) => {
    const refusal = await refusalOf(t, ["config"], { PORT: "http", LOG_LEVEL: "loud" });
    assert.match(refusal, /^PORT is "http"; .*\nLOG_LEVEL is "loud"; .*\n$/);
  });
});

test("accounts and settings are changed beside a running server, which follows", async (t) => {
  const environment = { DATA_DIR: temporaryFolder(t) };
  const { url, ...server } = await startServer(t, environment);
  const run = (args: string) => answerOf(t, args.split(" "), environment);
  const refused = (args: string) => refusalOf(t, args.split(" "), environment);

  const added = /^login {5}ada\nrole {6}reseller\npassword {2}(\S+)\nIt is not shown again\.\n$/;
  const [, password = ""] = added.exec(await run("operator add ada --role reseller")) ?? [];
  assert.notEqual(password, "");
  assert.match(
    await run("operator list"),
    /^NUMBER .*\n2 {7}ada {4}reseller {2}\S+Z {2}-\n1 {7}owner {2}owner {5}\S+Z {2}-\n$/,
  );
  assert.match(
    await refused("operator add ada"),
    /^There is an operator ada\. "counterfoil operator password ada" sets/,
  );
  assert.match(await refused("operator password eve"), /^There is no operator eve\. There are: ada, owner\.\n$/);
  assert.match(await run("operator password ada"), /^login {5}ada\nrole {6}reseller\npassword {2}\S+\n/);
  const withOldPassword = await exchange(url, "GET /nokkis", { headers: basic("ada", password) });
  assert.match(withOldPassword.text, /<error id="11">/);

  assert.match(
    await run("setting list"),
    /^nokkis\.gate = key \(default\)\n {2}one of key, open\n {2}key: a gate must/m,
  );
  assert.equal(await run("setting set nokkis.gate open"), "nokkis.gate = open\n");
  assert.match(await run("setting list"), /^nokkis\.gate = open\n/m);
  await untilAnswered(url, /^(?!.*<error)/s);
  assert.equal(await run("setting unset nokkis.gate"), "nokkis.gate = key (default)\n");
  await untilAnswered(url, /<error id="11">/);

  assert.match(await run("migrate"), /^the embedded database in .* is up to date\.\n$/i);
  const checked = await runCommand(t, ["doctor"], { ...environment, PORT: new URL(url).port });
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  assert.match(checked.stdout, /^ok {4}port {7}a server answers at 127\.0\.0\.1:\d+$/m);

  assert.equal((await exchange(url, "GET /readyz")).status, 200, "the commands left the database running");
  assert.equal((await server.stop()).code, 0);
});

/** Asks for the events until the answer fits: settings are followed within seconds. */
async function untilAnswered(url: string, pattern: RegExp): Promise<void> {
  await eventually(`an answer like ${pattern}`, async () => pattern.test((await exchange(url, "GET /nokkis")).text));
}

test("operators can be made before the first start, which then makes no owner", async (t) => {
  const { environment } = await databaseEnvironment(t, { empty: true });
  await answerOf(t, ["migrate", "--create"], environment);
  const made = await answerOf(t, ["operator", "add", "grace", "--role", "owner"], environment);
  const [, password = ""] = /^password {2}(\S+)$/m.exec(made) ?? [];
  const server = await startServer(t, environment);
  assert.doesNotMatch(server.stdout(), /password/);
  const answer = await exchange(server.url, "GET /nokkis/KEY", { headers: basic("grace", password) });
  assert.doesNotMatch(answer.text, /<error/);
  await server.stop();
});

test("migrate tells what it would do, does it once, and has nothing to do afterwards", async (t) => {
  const { environment } = await databaseEnvironment(t, { empty: true });
  const would = await answerOf(t, ["migrate", "--create", "--dry-run"], environment);
  assert.match(would, /^(would apply \d{4}_\w+\.sql\n)+would apply job queue \d+\n$/);
  const again = await answerOf(t, ["migrate", "--create", "--dry-run"], environment);
  assert.equal(again, would, "a dry run changes nothing");
  assert.equal(await answerOf(t, ["migrate", "--create"], environment), would.replaceAll("would apply", "applied"));
  assert.match(await answerOf(t, ["migrate"], environment), /^the database .* is up to date\.\n$/);
  assert.match(await answerOf(t, ["migrate", "--dry-run"], environment), /^the database .* is up to date\.\n$/);
});

describe("counterfoil doctor", { concurrency: true }, () => {
  test("finds nothing wrong where nothing is", async (t) => {
    const { environment } = await databaseEnvironment(t);
    const checked = await answerOf(t, ["doctor"], { ...environment, DATA_DIR: temporaryFolder(t) });
    const lines = checked.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => /^ok {4}(\w+) +\S/.exec(line)?.[1]),
      ["settings", "folder", "disk", "port", "mail", "database", "sessions", "clock", "schema", "key"],
    );
  });

  test("says what is wrong and what to do, and goes on", async (t) => {
    const environment = {
      DATA_DIR: join(root, "package.json"),
      DATABASE_URL: "postgres://ada:hidden@127.0.0.1:1/shop",
    };
    const { code, stdout, stderr } = await runCommand(t, ["doctor"], environment);
    assert.equal(code, 1);
    assert.equal(stderr, "3 of the checks above failed.\n");
    assert.match(stdout, /^BAD {3}folder {5}.* cannot be written\. Change its rights, or set DATA_DIR\.$/m);
    assert.match(stdout, /^ok {4}port /m);
    assert.match(stdout, /^BAD {3}mail {7}.*; until then mail waits\.$/m);
    assert.match(
      stdout,
      /^BAD {3}database {3}Cannot use the database shop at 127\.0\.0\.1:1: .*\. Start it, or correct/m,
    );
    assert.doesNotMatch(stdout, /hidden/);
  });

  test("names every setting that cannot be used", async (t) => {
    const { code, stdout } = await runCommand(t, ["doctor"], { PORT: "0x50", TRUST_PROXY: "proxy.example.com" });
    assert.equal(code, 1);
    assert.match(stdout, /^BAD {3}settings {3}PORT is "0x50"; .*\nBAD {3}settings {3}TRUST_PROXY has "proxy/);
  });
});
