import {
  type EditionRequest,
  editionRequests,
  editionRequestsOf,
  type Package,
  packages,
  packagesOf,
} from "../../core/package.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking, query } from "../statement.ts";
import { bigint, columns, nullable, table, text, time } from "../table.ts";
import { onlyAdded, type StoredNoun, unlessEmpty } from "./stored.ts";

const packageTable = table("package", {
  id: bigint(),
  editionId: bigint(),
  fromEditionId: nullable(bigint()),
  fileName: text(),
  bytes: bigint("file_bytes"),
  sha256: text("file_sha256"),
  readyAtMs: time(),
});

export const packageColumns = columns(packageTable.in("k"));

const readPackages = query(
  "read_packages_of",
  packageColumns,
  `select ${packageColumns.sql} from package k
where k.organization_id = $1 and k.edition_id = any($2::bigint[]) order by k.id`,
);
const insertPackages = command("insert_packages", packageTable.insert);

/** The lock of the product locks the packages of its editions, too. */
export const storedPackages: StoredNoun<number, Package> = {
  noun: packages,
  sequence: "package_id_seq",

  async load({ sql, organizationId }, asked) {
    return [rows(packages, await readPackages(sql, organizationId, asked.questions(packagesOf)))];
  },

  *write({ sql, organizationId }, changes) {
    yield insertPackages(sql, organizationId, ...packageTable.arrays(onlyAdded(packages, changes)));
  },
};

const requestTable = table("edition_request", {
  id: bigint(),
  entitlementId: bigint(),
  deviceId: bigint(),
  editionId: bigint(),
  requestedAtMs: time(),
});

const requestColumns = columns(requestTable.in("q"));

const lockRequests = locking(
  "lock_edition_requests",
  requestColumns,
  "q",
  (lock) => `select ${requestColumns.sql} from edition_request q
where q.organization_id = $1 and q.entitlement_id in (
  select e.id from entitlement e where e.organization_id = $1 and e.code = any($2::text[]))
order by q.id ${lock}`,
);
const insertRequests = command("insert_edition_requests", requestTable.insert);
const updateRequests = command("update_edition_requests", requestTable.update);

export const storedEditionRequests: StoredNoun<number, EditionRequest> = {
  noun: editionRequests,
  sequence: "edition_request_id_seq",
  locksRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const found = await lockRequests[lock](sql, organizationId, asked.questions(editionRequestsOf));
    return [rows(editionRequests, found)];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield* unlessEmpty(changed, (all) => updateRequests(sql, organizationId, ...requestTable.arrays(all)));
    yield* unlessEmpty(added, (all) => insertRequests(sql, organizationId, ...requestTable.arrays(all)));
  },
};
