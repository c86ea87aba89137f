import { accessKeys, type Product, type ProductAccessKeys, products } from "../../core/product.ts";
import { rows } from "../../engine/working-set.ts";
import { readAccessKeysOf, writeAccessKeysOf } from "../statements/access-keys.ts";
import { deleteProducts, insertProducts, lockProducts, updateProducts } from "../statements/products.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

export const storedProducts: StoredNoun<number, Product> = {
  noun: products,
  sequence: "product_id_seq",
  locksRows: true,

  async load({ runner, organizationId }, asked, lock) {
    return [rows(products, await lockProducts(runner, organizationId, asked.keys(products), lock))];
  },

  *write({ runner, organizationId }, { added, changed, removed }) {
    yield* unlessEmpty(removed, (ids) => deleteProducts(runner, organizationId, ids));
    yield* unlessEmpty(added, (all) => insertProducts(runner, organizationId, all));
    yield* unlessEmpty(changed, (all) => updateProducts(runner, organizationId, all));
  },
};

export const storedAccessKeys: StoredNoun<number, ProductAccessKeys> = {
  noun: accessKeys,

  async load({ runner, secrets, organizationId }, asked) {
    const keysOf = await readAccessKeysOf(runner, secrets, organizationId, asked.keys(accessKeys));
    return [
      rows(
        accessKeys,
        [...keysOf].map(([productId, keys]) => ({ productId, keys })),
      ),
    ];
  },

  *write({ runner, secrets, organizationId }, { added, changed }) {
    const keysOf = new Map([...added, ...changed].map(({ productId, keys }) => [productId, keys]));
    yield writeAccessKeysOf(runner, secrets, organizationId, keysOf);
  },
};
