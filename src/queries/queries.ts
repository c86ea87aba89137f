import type { AccessKeyQueries } from "./access-keys.ts";
import type { CardQueries } from "./cards.ts";
import type { ConflictQueries } from "./conflicts.ts";
import type { ContentQueries } from "./content.ts";
import type { CustomerQueries } from "./customers.ts";
import type { DeliveryQueries } from "./deliveries.ts";
import type { DeviceQueries } from "./devices.ts";
import type { EntitlementQueries } from "./entitlements.ts";
import type { GateQueries } from "./gates.ts";
import type { HoldQueries } from "./holds.ts";
import type { JobQueries } from "./jobs.ts";
import type { LogQueries } from "./log.ts";
import type { OperatorQueries } from "./operators.ts";
import type { OrganizationQueries } from "./organizations.ts";
import type { PackageQueries } from "./packages.ts";
import type { PhoneQueries } from "./phones.ts";
import type { ProductQueries } from "./products.ts";
import type { ReportQueries } from "./reports.ts";
import type { ResellerTermsQueries } from "./reseller-terms.ts";
import type { SaleQueries } from "./sales.ts";
import type { StatisticQueries } from "./statistics.ts";
import type { UseQueries } from "./uses.ts";

/**
 * All queries, by noun. They change nothing. Code takes only the nouns that it reads: `Pick<Queries, "products">`.
 * Look-ups of single rows that arrive together are answered together. Lists come in pages.
 *
 * Every function rejects with `StoreUnavailable` when the database cannot be reached or does not answer in time.
 */
export interface Queries {
  readonly accessKeys: AccessKeyQueries;
  readonly cards: CardQueries;
  readonly conflicts: ConflictQueries;
  readonly content: ContentQueries;
  readonly customers: CustomerQueries;
  readonly deliveries: DeliveryQueries;
  readonly devices: DeviceQueries;
  readonly entitlements: EntitlementQueries;
  readonly gates: GateQueries;
  readonly holds: HoldQueries;
  readonly jobs: JobQueries;
  readonly log: LogQueries;
  readonly operators: OperatorQueries;
  readonly organizations: OrganizationQueries;
  readonly packages: PackageQueries;
  readonly phones: PhoneQueries;
  readonly products: ProductQueries;
  readonly reports: ReportQueries;
  readonly resellerTerms: ResellerTermsQueries;
  readonly sales: SaleQueries;
  readonly statistics: StatisticQueries;
  readonly uses: UseQueries;
}
