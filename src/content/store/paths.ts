import { join, resolve } from "node:path";

/** The folders of a store. They must lie on one disk, since files are renamed from one into another. */
export interface StorePaths {
  readonly root: string;
  /** A folder with a random name for each thing that is being made or removed. */
  readonly drafts: string;
  /** A folder for each edition, named by its key. */
  readonly editions: string;
  readonly deliveries: string;
  readonly documents: string;
  /** Editions and deliveries that were discarded. Each name begins with the time of the removal. */
  readonly trash: string;
  /** The file with the name of the store, which the database knows, too. */
  readonly mark: string;
}

export function storePaths(folder: string): StorePaths {
  const root = resolve(folder);
  return {
    root,
    drafts: join(root, "drafts"),
    editions: join(root, "editions"),
    deliveries: join(root, "deliveries"),
    documents: join(root, "documents"),
    trash: join(root, "trash"),
    mark: join(root, "store.id"),
  };
}

export const editionKeyShape = /^[0-9a-f]{32}$/;
export const deliveryNameShape = /^[1-9]\d{0,15}-[1-9]\d{0,15}$/;
export const deliveryFileEnding = ".zip";

/** The name of a delivery in the store: `<organizationId>-<deliveryId>`. */
export function deliveryNameOf(organizationId: number, deliveryId: number): string {
  return `${organizationId}-${deliveryId}`;
}

/** Throws a RangeError for a text that is no key, so that no other text becomes a path. */
export function editionFolder({ editions }: StorePaths, editionKey: string): string {
  if (!editionKeyShape.test(editionKey)) throw new RangeError("this is not the key of an edition");
  return join(editions, editionKey);
}

/** Throws a RangeError for a text that is no delivery's name, so that no other text becomes a path. */
export function deliveryFile({ deliveries }: StorePaths, deliveryName: string): string {
  if (!deliveryNameShape.test(deliveryName)) throw new RangeError("this is not the name of a delivery");
  return join(deliveries, `${deliveryName}${deliveryFileEnding}`);
}

const packageNameShape = /^(?:base|[0-9a-f]{32})$/;

/** The name of a package: the key of the edition that it brings up to date, or `base` without one. */
export function packageNameOf(fromEditionKey: string | null): string {
  return fromEditionKey ?? "base";
}

/** The folder of a package, below its edition. Throws a RangeError for a text that is no package's name. */
export function packageFolder(folder: string, packageName: string): string {
  if (!packageNameShape.test(packageName)) throw new RangeError("this is not the name of a package");
  return join(folder, "packages", packageName);
}

const documentNameShape = /^[0-9a-f]{64}$/;

/** Throws a RangeError for a text that is no document's name. */
export function documentFile({ documents }: StorePaths, name: string): string {
  if (!documentNameShape.test(name)) throw new RangeError("this is not the name of a document");
  return join(documents, name);
}

/** The empty file that marks an edition as committed by a database. */
export function keptMark(folder: string): string {
  return join(folder, "kept");
}

/** Where the file on this line of the manifest lies; lines are counted from 0. */
export function contentFile(folder: string, line: number): string {
  return join(folder, "content", String(line));
}
