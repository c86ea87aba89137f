import { storedHoldings } from "./binding.ts";
import { storedCards } from "./card.ts";
import { storedConflicts } from "./conflict.ts";
import { storedCurrencies, storedRates } from "./currency.ts";
import { storedCustomerMetadata, storedCustomerPasswords, storedCustomers, storedCustomerTerms } from "./customer.ts";
import { storedDeliveries } from "./delivery.ts";
import { storedDeviceMetadata, storedDevices } from "./device.ts";
import { storedEditions } from "./edition.ts";
import { storedEntitlements, storedReplacedCodes } from "./entitlement.ts";
import { storedGates } from "./gate.ts";
import { storedHolds } from "./hold.ts";
import { storedJobs } from "./job.ts";
import { storedOperators, storedPossessions } from "./operator.ts";
import { storedHosts, storedOrganization } from "./organization.ts";
import { storedEditionRequests, storedPackages } from "./package.ts";
import {
  storedDeviceGroups,
  storedDeviceNumbers,
  storedPhoneSecrets,
  storedPhones,
  storedPrimaryPhones,
} from "./phone-device.ts";
import { storedPins, storedSecretSpaces } from "./pin.ts";
import { storedAccessKeys, storedProducts } from "./product.ts";
import { storedResellerTerms } from "./reseller-terms.ts";
import { storedPayments, storedSales } from "./sale.ts";
import { storedSettings } from "./setting.ts";
import type { AnyStoredNoun } from "./stored.ts";
import { storedNumberedTokens, storedTokens, storedTokensOf } from "./token.ts";
import { storedUses } from "./use.ts";

/**
 * Every noun, in the one global order: all batches lock rows in this order, then read in this order, and write in it.
 * So no two batches wait for each other, and nothing that is read is older than the locks. A row stands behind the rows
 * that it refers to. The statements of one noun take its rows in one order, too.
 */
export const storedNouns = [
  storedOrganization,
  storedHosts,
  storedCurrencies,
  storedOperators,
  storedPossessions,
  storedSettings,
  storedTokens,
  storedNumberedTokens,
  // Behind the tokens that the same batch adds, so that revoking all tokens leaves none.
  storedTokensOf,
  storedCustomers,
  storedCustomerTerms,
  storedCustomerPasswords,
  storedCustomerMetadata,
  storedProducts,
  storedAccessKeys,
  storedResellerTerms,
  storedGates,
  storedHolds,
  storedEntitlements,
  storedReplacedCodes,
  storedUses,
  storedCards,
  storedPins,
  storedSecretSpaces,
  storedRates,
  storedSales,
  storedPayments,
  storedJobs,
  storedDevices,
  storedDeviceMetadata,
  storedEditions,
  storedPackages,
  storedEditionRequests,
  storedDeliveries,
  storedHoldings,
  storedDeviceGroups,
  storedPhones,
  storedPhoneSecrets,
  storedPrimaryPhones,
  storedDeviceNumbers,
  storedConflicts,
] as readonly AnyStoredNoun[];
