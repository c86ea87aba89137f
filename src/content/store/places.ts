import { join, resolve } from "node:path";

/** The folders of a store. They lie on one disk, since what is finished in one is renamed into another. */
export interface Places {
  readonly root: string;
  /** What is being made or removed: a folder each, with random names. */
  readonly drafts: string;
  /** A folder each, named by its key. */
  readonly editions: string;
  readonly deliveries: string;
  /** What was taken out of the two above, each named by the time at which it was. */
  readonly trash: string;
  /** The file with what names the store; the database knows the same. */
  readonly mark: string;
}

export function placesIn(folder: string): Places {
  const root = resolve(folder);
  return {
    root,
    drafts: join(root, "drafts"),
    editions: join(root, "editions"),
    deliveries: join(root, "deliveries"),
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

/** Throws a RangeError for what is no key, so that nothing else ever becomes a path. */
export function editionFolder({ editions }: Places, editionKey: string): string {
  if (!editionKeyShape.test(editionKey)) throw new RangeError("this is not the key of an edition");
  return join(editions, editionKey);
}

/** Throws a RangeError for what is no delivery's name, so that nothing else ever becomes a path. */
export function deliveryFile({ deliveries }: Places, deliveryName: string): string {
  if (!deliveryNameShape.test(deliveryName)) throw new RangeError("this is not the name of a delivery");
  return join(deliveries, `${deliveryName}${deliveryFileEnding}`);
}

/** Beside the content of an edition, once a database has committed it: an empty file. */
export function keptMark(folder: string): string {
  return join(folder, "kept");
}

/** Where the file on this line of the manifest lies; lines are counted from 0. */
export function contentFile(folder: string, line: number): string {
  return join(folder, "content", String(line));
}
