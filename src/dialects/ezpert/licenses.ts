import { customerIdentity } from "../../core/customer.ts";
import type { HeldEntitlement } from "../../queries/entitlements.ts";
import { everyPage } from "../../queries/pages.ts";
import { answer, type Call, type CallHandler, execute, streamed } from "./answer.ts";
import { readClientId, readClientName, readFormat, readLicense, readNewClientId, readQuantity } from "./decode.ts";
import { type Layout, layoutOf, type Operation } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { canonicalLicenseKey, licenseKeys } from "./license-key.ts";

/** The kind of product that this protocol is about. */
const kind = "license";

/**
 * Query: every licence of the client, oldest first, revoked ones too; with `license` that one only. An unknown client
 * or key is an empty list.
 */
export const queryLicenses: CallHandler = async (call) => {
  const clientId = readClientId(call.fields);
  if (clientId instanceof ProtocolError) return clientId;
  const { organization, queries } = call.context;
  const layout = layoutFor(call, "query");
  const key = readLicense(call.fields);
  if (key === undefined) {
    return streamed(layout, everyPage(queries.entitlements.heldBy, organization.id, { kind, holder: clientId }));
  }
  const held = await findLicense(call, key, clientId);
  if (held instanceof ProtocolError) return held;
  return answer(layout, held === undefined ? [] : [held]);
};

/** Create: new licences for the client, all or none. */
export const createLicense: CallHandler = async (call) => {
  const { fields, settings, context } = call;
  const holder = readNewClientId(fields);
  if (holder instanceof ProtocolError) return holder;
  const quantity = readQuantity(fields);
  if (quantity instanceof ProtocolError) return quantity;
  const product = await context.queries.products.byName(context.organization.id, kind, settings.product);
  if (product === undefined) return new ProtocolError("productNotFound");
  const outcome = await execute(call, {
    verb: "issue",
    productId: product.id,
    holder,
    holderName: readClientName(fields),
    mailsHolder: true,
    quantity,
    code: { random: licenseKeys.name },
  });
  if (outcome instanceof ProtocolError) return outcome;
  if (!outcome.ok) return protocolErrorOf(outcome.refusal);
  const { product: sold, entitlement, others } = outcome.value;
  const licenses = [entitlement, ...others].map((one) => ({ product: sold, entitlement: one, bindings: [] }));
  return answer(layoutFor(call, "create"), licenses);
};

/** Revoke: ends a licence of the client for good; doing it again is a success. */
export const revokeLicense: CallHandler = async (call) => {
  const { fields } = call;
  const holder = readClientId(fields);
  if (holder instanceof ProtocolError) return holder;
  const held = await findLicense(call, readLicense(fields) ?? "", holder);
  if (held instanceof ProtocolError) return held;
  if (held === undefined) return new ProtocolError("licenseNotFound");
  const { product, entitlement } = held;
  const outcome = await execute(call, { verb: "revoke", productId: product.id, code: entitlement.code, holder });
  if (outcome instanceof ProtocolError) return outcome;
  if (!outcome.ok) return protocolErrorOf(outcome.refusal);
  return answer(layoutFor(call, "revoke"), [{ ...outcome.value, bindings: [] }]);
};

function layoutFor({ request, fields, settings }: Call, operation: Operation): Layout {
  return layoutOf(readFormat(request, fields), operation, settings.timeZone, request.atMs);
}

/**
 * A licence of this client by its key in any spelling. Refused with `credentialsWrong` after too many unknown keys.
 */
async function findLicense(
  { context, principal }: Call,
  key: string,
  clientId: string,
): Promise<HeldEntitlement | undefined | ProtocolError> {
  const code = canonicalLicenseKey(key);
  if (code === undefined) return undefined;
  const { organization, queries } = context;
  const find = async () => {
    const held = await queries.entitlements.heldByCode(organization.id, code);
    const isTheirs = customerIdentity(held?.entitlement.customer?.name ?? "") === customerIdentity(clientId);
    return held?.product.kind === kind && isTheirs ? held : undefined;
  };
  const held = await context.present(principal, code, find, (found) => found === undefined);
  return held === "throttled" ? new ProtocolError("credentialsWrong") : held;
}
