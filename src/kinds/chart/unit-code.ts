/** One unit of an order: the order, the product, and the number of the unit among those of the product. */
interface OrderedUnit {
  /** Letters and digits. */
  readonly order: string;
  readonly productId: number;
  /** Counted from 1. */
  readonly quantityId: number;
}

/** The longest reference of an order, in characters. */
export const orderLengthMax = 32;

const codeShape = /^([A-Za-z0-9]+)-(\d+)-(\d+)$/;
const orderShape = /^[A-Za-z0-9]+$/;

/** Whether this can be the reference of an order: it is a part of codes, and clients do not escape it. */
export function isOrder(text: string): boolean {
  return text.length <= orderLengthMax && orderShape.test(text);
}

/** The code of an ordered unit: `GBLAQPDMG-15-1`. */
export function codeOfUnit({ order, productId, quantityId }: OrderedUnit): string {
  return `${order}-${productId}-${quantityId}`;
}

/** The unit of a code; `undefined` when the code was not made by {@link codeOfUnit}. */
export function unitOfCode(code: string): OrderedUnit | undefined {
  const [, order, product, quantity] = codeShape.exec(code) ?? [];
  if (order === undefined) return undefined;
  return { order, productId: Number(product), quantityId: Number(quantity) };
}
