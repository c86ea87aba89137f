import type { Device } from "../../core/device.ts";
import type { Edition } from "../../core/edition.ts";
import { formatEditionNumber, readEditionNumber } from "../../kinds/chart/edition-number.ts";
import { unitOfCode } from "../../kinds/chart/unit-code.ts";
import { userKeyOf } from "../../kinds/chart/user-key.ts";
import type { HeldContent } from "../../queries/content.ts";
import { sha256Hex } from "../../wire/digest.ts";
import type { Call } from "./answer.ts";
import { oneLine } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { findIdentity } from "./identity-record.ts";
import { askHook, KeyHookError, type KeyQuestion } from "./key-hook.ts";
import { type KeyListFacts, neutralKeyList, problemOfKeyList } from "./key-list.ts";
import { cellOf } from "./package-format.ts";

/** A key list that can be fetched. */
export interface KeyDocument {
  /** The name under which it is kept. */
  readonly name: string;
  readonly fileName: string;
  readonly sha256: string;
}

/** A list that was made this short a time ago is given again: people press buttons twice. */
const reusedMs = 10 * 60 * 1000;

/**
 * The keys of all cells of an edition for a system, kept to be fetched. Refused with `keysMissing` (14) when the
 * publisher's hook fails.
 */
export async function keysFor(
  call: Call,
  content: HeldContent,
  device: Device,
  edition: Edition,
  chartType: string,
): Promise<KeyDocument | ProtocolError> {
  const { context, settings, customer } = call;
  const { organization, downloads, keyedHash } = context;
  const machine = await context.queries.devices.fingerprintHash(organization.id, device.id);
  if (machine === undefined) return new ProtocolError("systemUnknown");
  const { product, entitlement } = content;
  const files = await downloads.packages.filesOf(edition);
  const cells = files.flatMap(({ path }) => cellOf(path) ?? []);
  const number = readEditionNumber(edition.name);
  const facts: KeyListFacts = {
    title: oneLine(product.name),
    edition: number === undefined ? edition.name : formatEditionNumber(number),
    expiresAtMs: entitlement.expiresAtMs ?? product.endsAtMs,
  };
  const hook = settings.keyHook;
  const about = [organization.id, entitlement.id, device.id, machine, edition.id, JSON.stringify([hook, facts])];
  const name = keyedHash(about.join(" "), "key list").toString("hex");
  const document = (list: Uint8Array) => {
    return { name, fileName: `${chartType}-${product.id}-${device.name}.XML`, sha256: sha256Hex(list) };
  };

  const known = await downloads.documents.find(name, Date.now() - reusedMs);
  if (known !== undefined) return document(known);
  const unit = unitOfCode(entitlement.code);
  const question = async (): Promise<KeyQuestion> => ({
    chart: { number: product.id, name: product.name },
    edition: facts.edition,
    cells,
    order: unit?.order ?? entitlement.code,
    quantity: unit?.quantityId ?? 1,
    customer: customer.name,
    system: device.name,
    machine,
    fingerprint: await findIdentity(context, { deviceId: device.id, machine }),
    expires: facts.expiresAtMs === null ? null : new Date(facts.expiresAtMs).toISOString(),
  });
  const check = (made: Buffer) => problemOfKeyList(made, cells);
  const owner = { organizationId: organization.id, customerId: device.customerId, deviceId: device.id };
  const list =
    hook === null
      ? Buffer.from(neutralKeyList(cells, userKeyOf(owner, keyedHash), facts))
      : await askHook(hook, await question(), settings.keyHookMs, check).catch(keysMissing);
  if (list instanceof ProtocolError) return list;
  await downloads.documents.keep(name, list);
  return document(list);
}

function keysMissing(error: unknown): ProtocolError {
  if (!(error instanceof KeyHookError)) throw error;
  return new ProtocolError("keysMissing", `key hook: ${error.message}`);
}
