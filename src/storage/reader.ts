import type pg from "pg";
import { customerIdentity } from "../core/customer.ts";
import type { Device, DeviceKind } from "../core/device.ts";
import type { Entitlement } from "../core/entitlement.ts";
import type { OpenableProduct, ProductKind } from "../core/product.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import type { AccessKey, HeldContent, HeldEntitlement, Reader } from "../engine/reader.ts";
import { coalesce } from "./coalesce.ts";
import { readContents } from "./contents.ts";
import { translateError } from "./database.ts";
import { pageHeldBy, readFirstHeldBy, readHeld } from "./held.ts";
import type { Secrets } from "./secrets.ts";
import { listAccessKeys, readAccessKeys, readAccessKeysOf } from "./statements/access-keys.ts";
import { pageActions, pageCustomerActions, readLastChange } from "./statements/actions.ts";
import { pageCards, readStockedCard } from "./statements/cards.ts";
import { pageConflicts } from "./statements/conflicts.ts";
import { readCustomer, readKnownCustomer } from "./statements/customers.ts";
import { readDelivery } from "./statements/deliveries.ts";
import { listDevices, readDeviceOf } from "./statements/devices.ts";
import { readEditions } from "./statements/editions.ts";
import { pageEntitlements, readEntitlements, readIssued } from "./statements/entitlements.ts";
import { readOperator, readOperatorByToken } from "./statements/operators.ts";
import { readOrganizations } from "./statements/organizations.ts";
import { pagePhoneDevices, readPhoneDevice } from "./statements/phone-devices.ts";
import { pageProducts, readProducts } from "./statements/products.ts";
import { readSale } from "./statements/sales.ts";
import type { Runner } from "./statements/statement.ts";

/** All queries, in PostgreSQL; what they promise stands at {@link Reader}. */
export function createReader(pool: pg.Pool, secrets: Secrets): Reader {
  const runner: Runner = {
    query: (query) =>
      pool.query(query).catch((error) => {
        throw translateError(error);
      }) as never,
  };

  const lookUps = new Map<number, ReturnType<typeof lookUpsOf>>();
  function lookUpsOf(organizationId: number) {
    return {
      entitlement: coalesce<string, Entitlement>(async (codes) => {
        const found = await readEntitlements(runner, organizationId, codes);
        return new Map(found.map((entitlement) => [entitlement.code, entitlement]));
      }),
      product: coalesce<number, OpenableProduct>(async (ids) => {
        const [products, keys] = await Promise.all([
          readProducts(runner, organizationId, ids),
          readAccessKeysOf(runner, secrets, organizationId, ids),
        ]);
        return new Map(
          products.map((product) => [product.id, { product, accessKeys: keys.get(product.id) ?? [] }] as const),
        );
      }),
      accessKey: coalesce<string, AccessKey>((keys) => readAccessKeys(runner, secrets, organizationId, keys)),
      contents: coalesce<number, readonly HeldContent[]>((ids) => readContents(runner, organizationId, ids)),
      devices: memo((kind: DeviceKind) =>
        coalesce<number, readonly Device[]>((ids) => listDevices(runner, organizationId, kind, ids)),
      ),
      held: coalesce<string, HeldEntitlement>((codes) => readHeld(runner, organizationId, codes)),
      firstHeldBy: memo((kind: ProductKind) =>
        coalesce<string, readonly HeldEntitlement[]>((identities) =>
          readFirstHeldBy(runner, organizationId, kind, identities),
        ),
      ),
    };
  }
  function lookUp(organizationId: number) {
    let found = lookUps.get(organizationId);
    if (found === undefined) {
      found = lookUpsOf(organizationId);
      lookUps.set(organizationId, found);
    }
    return found;
  }

  return {
    async organization(host) {
      const all = await readOrganizations(runner, secrets);
      const named = all.find(({ hosts }) => hosts.includes(host.toLowerCase()));
      return (named ?? all.find(({ organization }) => organization.id === defaultOrganizationId))?.organization;
    },

    async organizationById(organizationId) {
      const all = await readOrganizations(runner, secrets);
      return all.find(({ organization }) => organization.id === organizationId)?.organization;
    },

    operatorByLogin: (organizationId, login) => readOperator(runner, secrets, organizationId, login),
    operatorByToken: (organizationId, token) => readOperatorByToken(runner, organizationId, token),

    accessKey: (organizationId, key) => lookUp(organizationId).accessKey(key),
    accessKeys: (organizationId, kind) => listAccessKeys(runner, secrets, organizationId, kind),

    product: (organizationId, id) => lookUp(organizationId).product(id),
    products: (organizationId, filter) => pageProducts(runner, organizationId, filter),

    entitlement: (organizationId, code) => lookUp(organizationId).entitlement(code),
    entitlements: (organizationId, filter) => pageEntitlements(runner, organizationId, filter),

    card: (organizationId, number) => readStockedCard(runner, secrets, organizationId, number),
    cards: (organizationId, filter) => pageCards(runner, secrets, organizationId, filter),
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
    delivery: (organizationId, deliveryId) => readDelivery(runner, secrets, organizationId, deliveryId),

    actions: (organizationId, filter) => pageActions(runner, secrets, organizationId, filter),
    customerActions: (organizationId, customerId) => pageCustomerActions(runner, organizationId, customerId),
    lastChange: (organizationId, productIds) => readLastChange(runner, organizationId, productIds),
    conflicts: (organizationId, productId) => pageConflicts(runner, secrets, organizationId, productId),
  };
}

/** Makes a value for each key once. */
function memo<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}
