/** What names one unit of an order: the order, what was ordered, and which of several of the same. */
interface OrderedUnit {
  /** Letters and digits. */
  readonly order: string;
  readonly productId: number;
  /** Counted from 1. */
  readonly quantityId: number;
}

/** Longest reference of an order. */
export const orderLengthMax = 32;

const codeShape = /^([A-Za-z0-9]+)-(\d+)-(\d+)$/;
const orderShape = /^[A-Za-z0-9]+$/;

/** Whether an order can be called so: its name is a part of codes and goes through clients unescaped. */
export function isOrder(text: string): boolean {
  return text.length <= orderLengthMax && orderShape.test(text);
}

/** The code of an ordered unit: `GBLAQPDMG-15-1`. */
export function codeOfUnit({ order, productId, quantityId }: OrderedUnit): string {
  return `${order}-${productId}-${quantityId}`;
}

/** The unit that a code names; `undefined` for a code that is not an ordered unit's. */
export function unitOfCode(code: string): OrderedUnit | undefined {
  const [, order, product, quantity] = codeShape.exec(code) ?? [];
  if (order === undefined) return undefined;
  return { order, productId: Number(product), quantityId: Number(quantity) };
}
