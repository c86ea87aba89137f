import type { ProductKind } from "../core/product.ts";
import type { DeliveryDetails } from "../queries/deliveries.ts";
import type { Organization } from "../queries/organizations.ts";
import type { SigningKey } from "../signing/signing-keys.ts";
import type { ExtraFile } from "./store/file-store.ts";

/** How a protocol wants content delivered: the name of the zip, and the files in it that are not the edition's. */
export interface DeliveryFormat {
  /** Products of this kind are delivered so. */
  readonly kind: ProductKind;
  /** The task that tells the holder by mail that a delivery can be downloaded. */
  readonly mailTask: string;
  /** For how many milliseconds a delivery can be downloaded, by the organization's settings. */
  keptMs(settings: ReadonlyMap<string, unknown>): number;
  /**
   * The name under which a delivery is downloaded, with `.zip`: one part of a path, good on every system. In the zip
   * everything lies in a folder of this name, without the ending.
   */
  zipName(details: DeliveryDetails): string;
  /**
   * The files that come first in the zip, beside those of the edition or in their place: the same bytes however often
   * one delivery is built. Rejects with `DeliveryImpossible` when no attempt will succeed.
   */
  extras(details: DeliveryDetails, materials: DeliveryMaterials): Promise<readonly ExtraFile[]>;
}

/** What the extra files of one delivery are made of. */
export interface DeliveryMaterials {
  readonly organization: Organization;
  /** A file of the edition, its path compared without regard to case; see `FileStore.readSmallFile`. */
  readOriginal(path: string): Promise<Buffer | undefined>;
  /** The organization's key, which is made when it is needed first. */
  signingKey(): Promise<SigningKey>;
  /** 32 bytes that stay the same for a text and a purpose, also when secret keys are rotated. */
  keyedHash(text: string, purpose: string): Buffer;
}

/** No attempt will build a delivery. The message tells the operator what can be done, in a sentence or two. */
export class DeliveryImpossible extends Error {
  override readonly name = "DeliveryImpossible";
}
