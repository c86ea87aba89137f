import { WrongFileStore } from "./errors.ts";
import type { FileStore } from "./file-store.ts";
import type { StoreIdentity } from "./identity.ts";

/**
 * The same store, but whoever reads an edition or a delivery from it, or writes or removes anything, is rejected with
 * `WrongFileStore` while the folder belongs to another database.
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
