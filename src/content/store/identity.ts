import { randomBytes } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Administration } from "../../engine/administration.ts";
import type { Queries } from "../../queries/queries.ts";
import { codeOf, fileMode, isMissing, makeFolder, namesIn, syncFolder } from "./disk.ts";
import { WrongFileStore } from "./errors.ts";
import type { FileStore } from "./file-store.ts";
import { type Places, placesIn } from "./places.ts";

/** Checks that the folder of a file store belongs to the database. */
export interface StoreIdentity {
  /** Resolves with a sentence about what is wrong and what to do; `undefined` when the two belong together. */
  examine(): Promise<string | undefined>;
  /**
   * The same, but gives folder and database a common name when they belong together and have none. Many processes may
   * do so at once. Rejects with `StoreUnavailable`, as `examine` does.
   */
  claim(): Promise<string | undefined>;
  /** The same before the first edition is taken in: an empty folder gets the name, too. */
  claimToWrite(): Promise<string | undefined>;
}

/**
 * Keeps a database away from the files of another one, which it would discard as unknown. Each store has a random name,
 * in its folder and in the database. When one of the two has no name, the keys of the editions decide: they are random,
 * so a folder with a key that the database knows belongs to it. An empty folder and a database without editions cannot
 * harm each other, and get a name with the first edition.
 */
export function createStoreIdentity(
  root: string,
  queries: Pick<Queries, "content">,
  administration: Pick<Administration, "ensureFileStoreId">,
): StoreIdentity {
  const places = placesIn(root);
  /** Never changes once it is there. */
  let known: string | undefined;

  async function look(marks: "never" | "what is there" | "always"): Promise<string | undefined> {
    let marked: string | undefined;
    try {
      marked = await readMark(places);
    } catch (error) {
      return `The folder ${root} cannot be read: ${codeOf(error) ?? String(error)}. Change its rights, or correct DATA_DIR.`;
    }
    if (marked !== undefined && marked === known) return undefined;
    known = await queries.content.fileStoreId();
    if (marked !== undefined && marked === known) return undefined;
    const found = await compareEditions();
    if (found === "empty" && marks !== "always") return undefined;
    const isUnknown = marked === undefined || known === undefined;
    // An empty folder that has a name belongs to a database that is about to take in an edition.
    const isOurs = isUnknown && (found === "together" || (found === "empty" && marked === undefined));
    const problem = isOurs ? undefined : found === "lost" && isUnknown ? "lost" : "another";
    if (marks !== "never" && isUnknown) {
      // The database first: when a process dies between the two steps, the editions can decide again.
      known = await administration.ensureFileStoreId((problem === undefined ? marked : undefined) ?? drawName());
      if (problem === undefined) return (await mark(places, known)) === known ? undefined : sentence("another");
    }
    return problem === undefined ? undefined : sentence(problem);
  }

  async function compareEditions(): Promise<"another" | "lost" | "empty" | "together"> {
    const [stored, inDatabase] = await Promise.all([namesIn(places.editions), queries.content.keys()]);
    if (stored.length === 0) return inDatabase.length === 0 ? "empty" : "lost";
    const keys = new Set(inDatabase);
    return stored.some((key) => keys.has(key)) ? "together" : "another";
  }

  function sentence(problem: "another" | "lost"): string {
    const remedy = known === undefined ? "" : `, write the line ${known} into ${places.mark}`;
    return problem === "lost"
      ? `The folder ${root} has none of the editions that the database knows. Mount the right folder, or correct DATA_DIR or DATABASE_URL. If they are lost for good${remedy}, and add them again under other names.`
      : `The folder ${root} is the file store of another database. Correct DATA_DIR or DATABASE_URL. If it is to belong to this database from now on${remedy}.`;
  }

  return {
    examine: () => look("never"),
    claim: () => look("what is there"),
    claimToWrite: () => look("always"),
  };
}

function drawName(): string {
  return randomBytes(16).toString("hex");
}

async function readMark({ mark }: Places): Promise<string | undefined> {
  try {
    return (await readFile(mark, "utf8")).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Names the folder unless it has a name; resolves with the name that is there now. */
async function mark(places: Places, name: string): Promise<string> {
  await makeFolder(places.root);
  const aside = join(places.root, `store.id.${drawName()}`);
  const file = await open(aside, "wx", fileMode);
  try {
    await file.writeFile(`${name}\n`);
    await file.sync();
    // Whole or not at all, and never over another's.
    await link(aside, places.mark).catch((error) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  } finally {
    await file.close();
    await rm(aside, { force: true });
  }
  await syncFolder(places.root);
  return (await readMark(places)) ?? name;
}

/**
 * The same store, but every function rejects with `WrongFileStore` while the folder belongs to another database.
 */
export function guardStore(files: FileStore, identity: StoreIdentity): FileStore {
  function guarded<A extends unknown[], R>(
    act: (...given: A) => Promise<R>,
    claim = identity.claim,
  ): (...given: A) => Promise<R> {
    return async (...given) => {
      const problem = await claim();
      if (problem !== undefined) throw new WrongFileStore(problem);
      return act(...given);
    };
  }
  return {
    takeIn: guarded(files.takeIn, identity.claimToWrite),
    keepEdition: guarded(files.keepEdition),
    removeEdition: guarded(files.removeEdition),
    discardEdition: guarded(files.discardEdition),
    listEditions: guarded(files.listEditions),
    readSmallFile: guarded(files.readSmallFile),
    buildDelivery: guarded(files.buildDelivery),
    openDelivery: guarded(files.openDelivery),
    sumDelivery: guarded(files.sumDelivery),
    removeDelivery: guarded(files.removeDelivery),
    discardDelivery: guarded(files.discardDelivery),
    listDeliveries: guarded(files.listDeliveries),
    sweepDrafts: guarded(files.sweepDrafts),
    sweepTrash: guarded(files.sweepTrash),
  };
}
