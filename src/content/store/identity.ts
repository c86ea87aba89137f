import { randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Administration } from "../../engine/administration.ts";
import { codeOf, ifPresent, syncFolder } from "../../files.ts";
import type { Queries } from "../../queries/queries.ts";
import { fileMode, makeFolder, namesIn } from "./disk.ts";
import { WrongFileStore } from "./errors.ts";
import type { FileStore } from "./file-store.ts";
import { type StorePaths, storePaths } from "./paths.ts";

/** Checks that the folder of a file store belongs to the database. */
export interface StoreIdentity {
  /**
   * Resolves with a sentence that tells what is wrong and what to do; `undefined` when the two belong together. If they
   * belong together and have no name yet, it gives both a common one. Many processes may do so at once. Rejects with
   * `StoreUnavailable`.
   */
  claim(): Promise<string | undefined>;
  /** The same before the first edition is taken in: an empty folder gets the name, too. */
  claimToWrite(): Promise<string | undefined>;
}

/**
 * Keeps a database away from the files of another database, which it would discard as unknown. The folder and the
 * database hold the same random name. If one of them has no name, the keys of the editions decide: they are random, so
 * a folder with a key that the database knows belongs to it. An empty folder and a database without editions cannot
 * harm each other, and get a name with the first edition.
 */
export function createStoreIdentity(
  root: string,
  queries: Pick<Queries, "content">,
  administration: Pick<Administration, "ensureFileStoreId">,
): StoreIdentity {
  const paths = storePaths(root);
  /** Never changes once it is there. */
  let known: string | undefined;

  async function claim(namesEmpty: boolean): Promise<string | undefined> {
    let marked: string | undefined;
    try {
      marked = await readMark(paths);
    } catch (error) {
      return `The folder ${root} cannot be read: ${codeOf(error) ?? String(error)}. Change its rights, or correct DATA_DIR.`;
    }
    if (marked !== undefined && marked === known) return undefined;
    known = await queries.content.fileStoreId();
    if (marked !== undefined && marked === known) return undefined;
    const found = await compareEditions();
    if (found === "empty" && !namesEmpty) return undefined;
    const isUnknown = marked === undefined || known === undefined;
    // An empty folder that has a name belongs to a database that is about to take in an edition.
    const isOurs = isUnknown && (found === "together" || (found === "empty" && marked === undefined));
    const problem = isOurs ? undefined : found === "lost" && isUnknown ? "lost" : "another";
    if (isUnknown) {
      // The database first: when a process dies between the two steps, the editions can decide again.
      known = await administration.ensureFileStoreId((problem === undefined ? marked : undefined) ?? drawName());
      if (problem === undefined) return (await mark(paths, known)) === known ? undefined : sentence("another");
      // Another process of this database may have named the folder meanwhile, and be about to commit its first edition.
      if ((await readMark(paths)) === known) return undefined;
    }
    return problem === undefined ? undefined : sentence(problem);
  }

  async function compareEditions(): Promise<"another" | "lost" | "empty" | "together"> {
    const [stored, inDatabase] = await Promise.all([namesIn(paths.editions), queries.content.keys()]);
    if (stored.length === 0) return inDatabase.length === 0 ? "empty" : "lost";
    const keys = new Set(inDatabase);
    return stored.some((key) => keys.has(key)) ? "together" : "another";
  }

  function sentence(problem: "another" | "lost"): string {
    const remedy = known === undefined ? "" : `, write the line ${known} into ${paths.mark}`;
    return problem === "lost"
      ? `The folder ${root} has none of the editions that the database knows. Mount the right folder, or correct DATA_DIR or DATABASE_URL. If they are lost for good${remedy}, and add them again under other names.`
      : `The folder ${root} is the file store of another database. Correct DATA_DIR or DATABASE_URL. If it is to belong to this database from now on${remedy}.`;
  }

  return {
    claim: () => claim(false),
    claimToWrite: () => claim(true),
  };
}

function drawName(): string {
  return randomBytes(16).toString("hex");
}

async function readMark({ mark }: StorePaths): Promise<string | undefined> {
  return (await ifPresent(readFile(mark, "utf8")))?.trim();
}

/** Names the folder unless it has a name; resolves with the name that is there now. */
async function mark(paths: StorePaths, name: string): Promise<string> {
  await makeFolder(paths.root);
  const aside = join(paths.root, `store.id.${drawName()}`);
  try {
    await writeFile(aside, `${name}\n`, { flag: "wx", mode: fileMode, flush: true });
    // A link is whole or missing, and never replaces the name that another process gave.
    await link(aside, paths.mark).catch((error) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(paths.root);
  return (await readMark(paths)) ?? name;
}

/**
 * The same store, but every function rejects with `WrongFileStore` while the folder belongs to another database.
 */
export function guardStore(files: FileStore, identity: StoreIdentity): FileStore {
  const guarded = Object.entries(files).map(([name, act]) => [
    name,
    async (...args: unknown[]) => {
      const problem = await (name === "takeIn" ? identity.claimToWrite() : identity.claim());
      if (problem !== undefined) throw new WrongFileStore(problem);
      return act(...args);
    },
  ]);
  return Object.fromEntries(guarded);
}
