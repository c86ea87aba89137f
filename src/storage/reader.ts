import type pg from "pg";
import { customerIdentity } from "../core/customer.ts";
import type { Device, DeviceKind } from "../core/device.ts";
import type { Entitlement } from "../core/entitlement.ts";
import type { OpenableProduct, Product, ProductKind } from "../core/product.ts";
import type { AccessKey, HeldContent, HeldEntitlement, Organization, Reader } from "../engine/reader.ts";
import { coalesce } from "./coalesce.ts";
import { readContents } from "./contents.ts";
import { translateError } from "./database.ts";
import { pageHeldBy, readFirstHeldBy, readHeld } from "./held.ts";
import { memo } from "./memo.ts";
import type { Secrets } from "./secrets.ts";
import { listAccessKeys, readAccessKeys, readAccessKeysOf } from "./statements/access-keys.ts";
import { pageActions, pageCustomerActions, pageLog, readLastChange } from "./statements/actions.ts";
import { pageCards, readStockedCard } from "./statements/cards.ts";
import { pageConflicts } from "./statements/conflicts.ts";
import { readCustomer, readKnownCustomer } from "./statements/customers.ts";
import { readDelivery } from "./statements/deliveries.ts";
import { listDevices, readDeviceOf } from "./statements/devices.ts";
import { readEditions } from "./statements/editions.ts";
import { pageEntitlements, readEntitlements, readIssued } from "./statements/entitlements.ts";
import { readOperator, readOperatorByToken } from "./statements/operators.ts";
import { type OnUnreadable, pageOrganizations, readHosts, readOrganizations } from "./statements/organizations.ts";
import { pagePhoneDevices, readPhoneDevice } from "./statements/phone-devices.ts";
import { pageProducts, readProducts, readProductsNamed } from "./statements/products.ts";
import { readRates, readSale } from "./statements/sales.ts";
import type { Runner } from "./statements/statement.ts";

/** Organizations whose look-ups of the moment are gathered; one more makes a new beginning for another. */
const gatheredOrganizationsMax = 1_000;
/** More than there are kinds of products or devices. */
const kindsMax = 10;
/** Secrets that do not open of which it is told. */
const toldMax = 1_000;

/**
 * All queries, in PostgreSQL; what they promise stands at {@link Reader}. `onUnreadable` is told of a secret that does
 * not open, and not again of the same one.
 */
export function createReader(pool: pg.Pool, secrets: Secrets, onUnreadable: OnUnreadable = () => {}): Reader {
  const runner: Runner = {
    query: (query) =>
      pool.query(query).catch((error) => {
        throw translateError(error);
      }) as never,
  };

  const told = new Set<string>();
  const tellOnce: OnUnreadable = (organizationId, name) => {
    const what = `${organizationId} ${name}`;
    if (told.has(what) || told.size >= toldMax) return;
    told.add(what);
    onUnreadable(organizationId, name);
  };

  const organization = coalesce<number, Organization>((ids) => readOrganizations(runner, secrets, ids, tellOnce));
  const host = coalesce<string, number>((hosts) => readHosts(runner, hosts));
  const lookUp = memo(lookUpsOf, gatheredOrganizationsMax);
  function lookUpsOf(organizationId: number) {
    return {
      entitlement: coalesce<string, Entitlement>(async (codes) => {
        const found = await readEntitlements(runner, organizationId, codes);
        return new Map(found.map((entitlement) => [entitlement.code, entitlement]));
      }),
      product: coalesce<number, OpenableProduct>(async (ids) => {
        const [products, keys] = await Promise.all([
          readProducts(runner, organizationId, ids),
          readAccessKeysOf(runner, secrets, organizationId, ids, tellOnce),
        ]);
        return new Map(
          products.map((product) => [product.id, { product, accessKeys: keys.get(product.id) ?? [] }] as const),
        );
      }),
      productNamed: memo(
        (kind: ProductKind) =>
          coalesce<string, Product>((names) => readProductsNamed(runner, organizationId, kind, names)),
        kindsMax,
      ),
      accessKey: coalesce<string, AccessKey>((keys) => readAccessKeys(runner, secrets, organizationId, keys)),
      contents: coalesce<number, readonly HeldContent[]>((ids) => readContents(runner, organizationId, ids)),
      devices: memo(
        (kind: DeviceKind) =>
          coalesce<number, readonly Device[]>((ids) => listDevices(runner, organizationId, kind, ids)),
        kindsMax,
      ),
      held: coalesce<string, HeldEntitlement>((codes) => readHeld(runner, organizationId, codes)),
      firstHeldBy: memo(
        (kind: ProductKind) =>
          coalesce<string, readonly HeldEntitlement[]>((identities) =>
            readFirstHeldBy(runner, organizationId, kind, identities),
          ),
        kindsMax,
      ),
    };
  }
  return {
    organizationIdOf: host,
    organizationById: organization,
    organizations: () => pageOrganizations(runner, secrets, tellOnce),

    operatorByLogin: (organizationId, login) => readOperator(runner, secrets, organizationId, login, tellOnce),
    operatorByToken: (organizationId, token) => readOperatorByToken(runner, organizationId, token),

    accessKey: (organizationId, key) => lookUp(organizationId).accessKey(key),
    accessKeys: (organizationId, kind) => listAccessKeys(runner, secrets, organizationId, kind),

    product: (organizationId, id) => lookUp(organizationId).product(id),
    productNamed: (organizationId, kind, name) => lookUp(organizationId).productNamed(kind)(name),
    products: (organizationId, filter) => pageProducts(runner, organizationId, filter),

    entitlement: (organizationId, code) => lookUp(organizationId).entitlement(code),
    entitlements: (organizationId, filter) => pageEntitlements(runner, organizationId, filter),

    card: (organizationId, number) => readStockedCard(runner, secrets, organizationId, number),
    cards: (organizationId, filter) => pageCards(runner, secrets, organizationId, filter),
    rates: (organizationId) => readRates(runner, organizationId),
    sale: (organizationId, saleId) => readSale(runner, secrets, organizationId, saleId),

    customer: (organizationId, id) => readCustomer(runner, organizationId, id),
    customerByName: (organizationId, name) => readKnownCustomer(runner, secrets, organizationId, name),
    devices: async (organizationId, customerId, kind) => (await lookUp(organizationId).devices(kind)(customerId)) ?? [],
    deviceOf: (organizationId, customerId, fingerprint) =>
      readDeviceOf(runner, secrets, organizationId, customerId, fingerprint),
    phoneDevice: (organizationId, id) => readPhoneDevice(runner, secrets, organizationId, id),
    phoneDevices: (organizationId, filter) => pagePhoneDevices(runner, secrets, organizationId, filter),
    issued: (organizationId, ids) => readIssued(runner, organizationId, ids),
    heldEntitlement: (organizationId, code) => lookUp(organizationId).held(code),
    async *heldEntitlements(organizationId, { kind, holder }) {
      const identity = customerIdentity(holder);
      const first = await lookUp(organizationId).firstHeldBy(kind)(identity);
      if (first !== undefined) yield* pageHeldBy(runner, organizationId, kind, identity, first);
    },

    editions: (organizationId, productId) => readEditions(runner, organizationId, [productId]),
    contents: async (organizationId, customerId) => (await lookUp(organizationId).contents(customerId)) ?? [],
    delivery: (organizationId, deliveryId) => readDelivery(runner, organizationId, deliveryId),

    actions: (organizationId, filter) => pageActions(runner, secrets, organizationId, filter),
    log: (organizationId, filter = {}) => pageLog(runner, secrets, organizationId, filter),
    customerActions: (organizationId, customerId) => pageCustomerActions(runner, organizationId, customerId),
    lastChange: (organizationId, productIds) => readLastChange(runner, organizationId, productIds),
    conflicts: (organizationId, productId) => pageConflicts(runner, secrets, organizationId, productId),
  };
}
