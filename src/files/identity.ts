import { randomBytes } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Administration } from "../engine/administration.ts";
import type { Queries } from "../queries/queries.ts";
import { codeOf, fileMode, isMissing, makeFolder, namesIn, syncFolder } from "./disk.ts";
import { type Places, placesIn } from "./places.ts";

/** Whether the folder of a file store is the one that belongs to the database. */
export interface StoreIdentity {
  /** Changes nothing; resolves with the sentence that says why it is not, and what to do. */
  examine(): Promise<string | undefined>;
  /**
   * The same, but folder and database get one name when they belong together and lack it. Safe when many processes do
   * so at once. Rejects with `StoreUnavailable`, as `examine` does.
   */
  claim(): Promise<string | undefined>;
  /** The same for who is going to put the first edition there: an empty folder gets the name, too. */
  claimToWrite(): Promise<string | undefined>;
}

/**
 * Keeps a database from the files of another one, which it would take for rubbish. Each store has a random name, once
 * in its folder and once in the database. Where one of the two lacks it, the keys of the editions tell: they are
 * random, too, so a folder that has one which the database knows is its own. A folder without editions and a database
 * without editions do no harm to each other, and get a name with the first one.
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
    // The name in an empty folder is that of a database that is about to put something there.
    const isOurs = isUnknown && (found === "together" || (found === "empty" && marked === undefined));
    const problem = isOurs ? undefined : found === "lost" && isUnknown ? "lost" : "another";
    if (marks !== "never" && isUnknown) {
      // First in the database: a process that dies between the two leaves what the editions decide again.
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
