import { type Edition, isGiven } from "../../core/edition.ts";
import type { Package } from "../../core/package.ts";
import {
  type EditionNumber,
  formatEditionNumber,
  isSameEdition,
  readEditionNumber,
} from "../../kinds/chart/edition-number.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import type { ContentBinding, HeldContent } from "../../queries/content.ts";
import { type Call, execute } from "./answer.ts";
import type { EditionRequest } from "./decode.ts";
import { keysLinkTo, packageLinkTo } from "./downloads.ts";
import { filesDocument, type OfferedFile } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { type KeyDocument, keysFor } from "./keys.ts";
import { isListed, readHoldings } from "./list.ts";
import { chartTypeOf } from "./package-format.ts";
import { slotUuidOf } from "./slot-uuid.ts";

/** An edition that can be fetched: its number, its base, and the update to it from the edition before. */
interface Step {
  readonly edition: Edition;
  readonly number: EditionNumber;
  readonly base: Package;
  /** With the number of the edition that it is applied to. */
  readonly update: { readonly made: Package; readonly from: EditionNumber } | undefined;
}

/**
 * Chart request: the files that bring a system to an edition, with its keys. Everything but the keys was made when the
 * edition was added, so the answer comes at once. Refused with `orderUnknown` (26) for a slot that the system does not
 * hold, `systemUnknown` (8l) for a name without a machine, `systemDisabled` (10), `editionMissing` (14),
 * `editionNotGranted` (14) for an edition that was published after the end, and `keysMissing` (14) when the publisher's
 * hook fails.
 */
export async function requestEdition(call: Call, request: EditionRequest): Promise<string | ProtocolError> {
  const held = await findSlot(call, request);
  if (held instanceof ProtocolError) return held;
  const { content, binding } = held;
  const steps = await stepsOf(call, content.product.id);
  const step = findStep(steps, request.requestedVersion);
  if (step === undefined) return new ProtocolError("editionMissing");
  const { device, slot } = binding;
  const outcome = await execute(call, {
    verb: "request_edition",
    productId: content.product.id,
    code: content.entitlement.code,
    customerId: call.customer.id,
    device,
    slot,
    editionId: step.edition.id,
  });
  if (!outcome.ok) {
    return outcome.refusal === "no_longer_valid"
      ? new ProtocolError("editionNotGranted")
      : protocolErrorOf(outcome.refusal);
  }
  const keys = await keysFor(call, content, device, step.edition, chartTypeOf(step.base.fileName));
  if (keys instanceof ProtocolError) return keys;
  const chain = request.requestedFile === "update" ? chainTo(steps, step, request.currentVersion) : undefined;
  const files = chain ?? [{ made: step.base, number: step.number, from: undefined }];
  return filesDocument(
    request.slotUuid,
    files.map((file) => offeredFile(call, file, keys)),
  );
}

/** The slot with this UUID, if the named system holds it and can be given something. */
async function findSlot(
  call: Call,
  { slotUuid, systemName }: EditionRequest,
): Promise<{ readonly content: HeldContent; readonly binding: ContentBinding } | ProtocolError> {
  const { contents } = await readHoldings(call);
  const { identity } = systemNamed(systemName);
  const { organization } = call.context;
  for (const content of contents) {
    const binding = content.bindings.find(
      ({ slot }) => slotUuidOf(organization.id, content.entitlement.id, slot) === slotUuid,
    );
    if (binding === undefined || !isListed(content, call.request.atMs)) continue;
    const { device } = binding;
    if (device.identity !== identity) break;
    if (device.disabledAtMs !== null) return new ProtocolError("systemDisabled");
    // Keys are made for a machine, and this name waits for its next one.
    if (device.fingerprint === null) return new ProtocolError("systemUnknown");
    return { content, binding };
  }
  return new ProtocolError("orderUnknown");
}

/** The editions of a product that can be fetched, in the order of their publication. */
async function stepsOf({ context, request }: Call, productId: number): Promise<readonly Step[]> {
  const { organization, queries } = context;
  const [editions, packages] = await Promise.all([
    queries.content.editions(organization.id, productId),
    queries.packages.ofProduct(organization.id, productId),
  ]);
  const numberOf = new Map(editions.map(({ id, name }) => [id, readEditionNumber(name)]));
  return editions.flatMap((edition) => {
    const number = numberOf.get(edition.id);
    const base = packages.find((made) => made.editionId === edition.id && made.fromEditionId === null);
    if (number === undefined || base === undefined || !isGiven(edition, request.atMs)) return [];
    const made = packages.find((one) => one.editionId === edition.id && one.fromEditionId !== null);
    const from = numberOf.get(made?.fromEditionId ?? 0);
    return [{ edition, number, base, update: made && from && { made, from } }];
  });
}

/** The edition of this number; without a year the latest year that has it. */
function findStep(steps: readonly Step[], version: string): Step | undefined {
  const named = readEditionNumber(version);
  const isNamed = ({ number }: Step) =>
    named === undefined
      ? `${number.edition}-${number.update}` === version
      : formatEditionNumber(number) === formatEditionNumber(named);
  return steps
    .filter(isNamed)
    .toSorted((a, b) => a.number.year - b.number.year)
    .at(-1);
}

interface FileOfStep {
  readonly made: Package;
  readonly number: EditionNumber;
  /** `undefined` for a base. */
  readonly from: EditionNumber | undefined;
}

/**
 * The updates from the installed edition to the requested one, the oldest first; `undefined` when one is missing, when
 * there is none, or when they are together not smaller than the base.
 */
function chainTo(steps: readonly Step[], to: Step, currentVersion: string): readonly FileOfStep[] | undefined {
  const current = readEditionNumber(currentVersion);
  if (current === undefined || !isSameEdition(current, to.number)) return undefined;
  const chain: FileOfStep[] = [];
  for (let at = to; at.number.update > current.update; ) {
    const { update, number } = at;
    if (update === undefined) return undefined;
    chain.unshift({ ...update, number });
    const before = steps.find(({ edition }) => edition.id === update.made.fromEditionId);
    if (before === undefined) {
      if (update.from.update !== current.update) return undefined;
      break;
    }
    at = before;
  }
  const bytes = chain.reduce((sum, { made }) => sum + made.bytes, 0);
  return chain.length > 0 && bytes < to.base.bytes ? chain : undefined;
}

function offeredFile(call: Call, { made, number, from }: FileOfStep, keys: KeyDocument): OfferedFile {
  return {
    link: packageLinkTo(call, made),
    bytes: made.bytes,
    sha256: made.sha256,
    keysLink: keysLinkTo(call, keys),
    keysSha256: keys.sha256,
    editionTarget: from === undefined ? "" : formatEditionNumber(from),
    editionResult: formatEditionNumber(number),
  };
}
