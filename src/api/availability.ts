import { categoriesMax } from "../core/category.ts";
import type { Room } from "../core/hold.ts";
import { findProduct } from "./products.ts";
import { refused, reply, route } from "./route.ts";
import { integer, list, named, nullable, object, text, type ValueOfSchema } from "./schema.ts";
import { id } from "./values.ts";

const count = integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const room = {
  capacity: nullable(count, { description: "The number of places; `null` for no bound." }),
  issued: count,
  held: nullable(count),
  free: nullable(count, { description: "Places that anybody can have now; `null` for no bound." }),
  inside: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, { description: "Holders who are inside now." }),
};
const availability = named(
  "Availability",
  object({
    ...room,
    held: count,
    categories: list(object({ key: text({ maxLength: 32 }), ...room, held: count }), categoriesMax),
    stock: nullable(object({ inStock: count, held: count, free: count }), {
      description: "`null` for a product that is not sold from stock.",
    }),
  }),
);

function writeRoom({ capacity, issued, held, free }: Room, inside: number) {
  return { capacity, issued, held, free, inside };
}

const example: ValueOfSchema<typeof availability> = {
  capacity: 300,
  issued: 120,
  held: 4,
  free: 176,
  inside: 18,
  categories: [{ key: "adult", capacity: null, issued: 120, held: 4, free: 176, inside: 18 }],
  stock: null,
};

export const availabilityRoutes = [
  route({
    method: "GET",
    path: "/products/{id}/availability",
    name: "getAvailability",
    resource: "products",
    summary: "Get what can be had of a product now",
    scope: "read_products",
    params: { id: id("the product") },
    answer: { status: 200, schema: availability },
    problems: ["product_not_found"],
    example: { params: { id: "42" }, answer: example },
    async handle(call) {
      const product = await findProduct(call, call.params.id);
      if (product === undefined) return refused("product_not_found");
      const { queries, organizationId, atMs } = call;
      const [found, inside] = await Promise.all([
        queries.holds.availability(organizationId, product.id, atMs),
        queries.uses.inside(organizationId, product.id),
      ]);
      if (found === undefined) return refused("product_not_found");
      const insideOf = new Map(inside.map((one) => [one.category, one.inside]));
      return reply({
        ...writeRoom(
          found.places,
          inside.reduce((sum, one) => sum + one.inside, 0),
        ),
        categories: found.categories.map(({ key, ...places }) => ({
          key,
          ...writeRoom(places, insideOf.get(key) ?? 0),
        })),
        stock: found.stock && { inStock: found.stock.inStock, held: found.stock.held, free: found.stock.free },
      });
    },
  }),
];
