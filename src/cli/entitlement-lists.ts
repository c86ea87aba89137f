import type { Entitlement } from "../core/entitlement.ts";
import type { Product } from "../core/product.ts";
import { everyPage } from "../queries/pages.ts";
import { printEntitlement, rowOf, useRow } from "./entitlement-facts.ts";
import { type Listed, type ListingOptions, printList } from "./listing.ts";
import { findProduct } from "./product.ts";
import { CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** An entitlement that a command is about. */
export interface Found {
  readonly product: Product;
  readonly entitlement: Entitlement;
  /** The part of a command that names it. */
  readonly named: { readonly productId: number; readonly code: string };
}

/** The entitlement with this code; ends with a sentence when there is none. */
export async function findEntitlement({ queries, organizationId }: CommandServices, code: string): Promise<Found> {
  const entitlement = await queries.entitlements.byCode(organizationId, code);
  if (entitlement === undefined) {
    const other = await queries.entitlements.byReplacedCode(organizationId, code);
    throw new CommandError(
      other === undefined ? `No entitlement has the code ${code}.` : `It has another code by now: ${other.code}.`,
    );
  }
  const known = await queries.products.byId(organizationId, entitlement.productId);
  if (known === undefined) throw new CommandError(`The product of ${code} is removed.`);
  return { product: known.product, entitlement, named: { productId: known.product.id, code } };
}

/** The options of `counterfoil entitlement list`. */
export interface ListOptions extends ListingOptions {
  readonly product: string;
  readonly inForce?: boolean;
}

/** `counterfoil entitlement list` */
export function listEntitlements(tools: Tools, options: ListOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const { product } = await findProduct(services, "--product", options.product);
    const filter = { productId: product.id, inForceOnly: options.inForce === true };
    const pages = everyPage(queries.entitlements.list, organizationId, filter);
    await printList(tools, options, rowsOf(services, pages), `Nothing was issued of ${product.name}.`);
  });
}

/** `counterfoil entitlement find TEXT` */
export function findEntitlements(tools: Tools, text: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const pages = rowsOf(services, everyWith(tools, services, text));
    await printList(tools, options, pages, `No entitlement has "${text}" as its code, reference or holder.`);
  });
}

/** Entitlements with this text as their code, their reference or their holder; each once. */
async function* everyWith(
  { dialects }: Tools,
  { queries, organizationId }: CommandServices,
  text: string,
): AsyncGenerator<readonly Entitlement[]> {
  const one = await queries.entitlements.byCode(organizationId, text);
  if (one !== undefined) yield [one];
  const isOther = ({ code, reference }: Entitlement) => code !== text && reference !== text;
  for await (const page of everyPage(queries.entitlements.byReference, organizationId, text)) {
    yield page.filter(({ code }) => code !== text);
  }
  for (const { kind } of dialects.flatMap(({ productKinds = [] }) => productKinds)) {
    for await (const page of everyPage(queries.entitlements.heldBy, organizationId, { kind, holder: text })) {
      yield page.map(({ entitlement }) => entitlement).filter(isOther);
    }
  }
}

async function* rowsOf(
  { queries, organizationId }: CommandServices,
  pages: AsyncIterable<readonly Entitlement[]>,
): AsyncGenerator<readonly Listed[]> {
  const products = new Map<number, Product>();
  for await (const page of pages) {
    const rows: Listed[] = [];
    for (const entitlement of page) {
      const { productId } = entitlement;
      const product = products.get(productId) ?? (await queries.products.byId(organizationId, productId))?.product;
      if (product === undefined) continue;
      products.set(productId, product);
      rows.push(rowOf(product, entitlement, Date.now()));
    }
    yield rows;
  }
}

/** `counterfoil entitlement show CODE` */
export function showEntitlement(tools: Tools, code: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const { product, entitlement } = await findEntitlement(services, code);
    const former = await queries.entitlements.replacedCodes(organizationId, entitlement.id);
    const gates = new Map((await queries.gates.all(organizationId)).map(({ id, name }) => [id, name]));
    const uses: Listed[] = [];
    for await (const page of everyPage(queries.uses.list, organizationId, entitlement.id)) {
      uses.push(...page.map((use) => useRow(product, use, gates)));
    }
    const formerCodes = former.map((one) => one.code);
    await printEntitlement(tools, options, { product, entitlement }, { formerCodes, uses });
  });
}
