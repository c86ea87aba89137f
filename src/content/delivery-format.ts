import type { ProductKind } from "../core/product.ts";
import type { DeliveryDetails } from "../queries/deliveries.ts";
import type { Organization } from "../queries/organizations.ts";
import type { SigningKey } from "../signing/signing-keys.ts";
import type { ExtraFile } from "./store/file-store.ts";

/** How a protocol delivers content: the name of the zip, and the files that it adds to the edition's. */
export interface DeliveryFormat {
  /** The kind of the products that are delivered in this format. */
  readonly kind: ProductKind;
  /** The task that tells the holder by mail that a delivery can be downloaded. */
  readonly mailTask: string;
  /** For how many milliseconds a delivery can be downloaded, by the organization's settings. */
  keptMs(settings: ReadonlyMap<string, unknown>): number;
  /**
   * The name under which a delivery is downloaded, with `.zip`: one part of a path, usable on every system. The zip
   * holds one folder of this name, without the ending.
   */
  zipName(details: DeliveryDetails): string;
  /**
   * The files that come first in the zip, and replace files of the edition with the same path. They have the same
   * bytes in every build of one delivery. Rejects with `DeliveryImpossible` when no attempt will succeed.
   */
  extras(details: DeliveryDetails, materials: DeliveryMaterials): Promise<readonly ExtraFile[]>;
}

/** The sources for the extra files of one delivery. */
export interface DeliveryMaterials {
  readonly organization: Organization;
  /** A file of the edition, its path compared without regard to case; see `FileStore.readSmallFile`. */
  readOriginal(path: string): Promise<Buffer | undefined>;
  /** The organization's key. The first call makes it. */
  signingKey(): Promise<SigningKey>;
  /** 32 bytes that depend on the text and the purpose alone. They stay the same when secret keys are rotated. */
  keyedHash(text: string, purpose: string): Buffer;
}

/** No attempt will build a delivery. The message tells the operator what can be done, in a sentence or two. */
export class DeliveryImpossible extends Error {
  override readonly name = "DeliveryImpossible";
}
