import type { Edition } from "../core/edition.ts";
import type { Product, ProductKind } from "../core/product.ts";
import type { EditionFile, ExtraFile } from "./store/file-store.ts";

/** How a protocol packs editions for everybody: wholes, and updates from one edition to the next. */
export interface PackageFormat {
  /** The kind of the products whose editions are packed in this format. */
  readonly kind: ProductKind;
  /** The edition of these that is brought to the given one by an update; `undefined` when there is none. */
  predecessorOf(edition: Edition, editions: readonly Edition[]): Edition | undefined;
  /**
   * The content of a base, or of an update `from` an edition; `undefined` when there is none. It is the same at every
   * call. Rejects with `DeliveryImpossible` for an edition that cannot be packed, with advice for the operator.
   */
  plan(
    product: Pick<Product, "id" | "name">,
    to: EditionContents,
    from: EditionContents | undefined,
  ): Promise<PackageContent | undefined>;
}

/** An edition with its files. */
export interface EditionContents {
  readonly edition: Edition;
  /** In the order of the bytes of their paths. */
  readonly files: readonly EditionFile[];
  /** A file, its path compared without regard to case; see `FileStore.readSmallFile`. */
  read(path: string): Promise<Buffer | undefined>;
}

export interface PackageContent {
  /** The name under which it is downloaded: one part of a path, usable on every system. */
  readonly fileName: string;
  /** The folder in the zip that holds everything. */
  readonly top: string;
  /** The files that come first, and replace files of the edition with the same path. */
  readonly extras: readonly ExtraFile[];
  /** The files of the edition that are in it; absent: all. */
  readonly paths?: readonly string[];
}
