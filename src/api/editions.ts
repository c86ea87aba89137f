import { currentEdition, type Edition } from "../core/edition.ts";
import { type Call, listRoute, refused, reply, route } from "./route.ts";
import { integer, named, object, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesProduct } from "./sight.ts";
import { id, time, writeTime } from "./values.ts";

const resource = "editions";

const edition = named(
  "Edition",
  object({
    id: id("the edition"),
    product: id("its product"),
    name: text({ maxLength: 32 }, { examples: ["2027-2"] }),
    publishedAt: time("The day on which it was published, at midnight UTC."),
    addedAt: time("When it was added."),
    files: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    bytes: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    sha256: text({ maxLength: 64 }, { description: "Over the names and hashes of all files, in hex." }),
    current: truth({ description: "Whether it is the one that is delivered now." }),
  }),
);

const example: ValueOfSchema<typeof edition> = {
  id: "6",
  product: "42",
  name: "2027-2",
  publishedAt: "2027-02-01T00:00:00.000Z",
  addedAt: "2027-02-02T08:00:00.000Z",
  files: 120,
  bytes: 48_000_000,
  sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  current: true,
};

function writeEdition(one: Edition, current: Edition | undefined): ValueOfSchema<typeof edition> {
  return {
    id: String(one.id),
    product: String(one.productId),
    name: one.name,
    publishedAt: writeTime(one.publishedAtMs),
    addedAt: writeTime(one.addedAtMs),
    files: one.content.files,
    bytes: one.content.bytes,
    sha256: one.content.sha256,
    current: one.id === current?.id,
  };
}

type Asked = Pick<
  Call<{ readonly id: string }, unknown, unknown>,
  "params" | "principal" | "queries" | "organizationId" | "atMs"
>;

/** The editions of the product that the path names, by their ids; `undefined` for a product that the caller does not see. */
async function read({ params, principal, queries, organizationId, atMs }: Asked) {
  const productId = Number(params.id);
  const found = await queries.products.byId(organizationId, productId);
  if (found === undefined || !seesProduct(principal, found.product)) return undefined;
  const all = await queries.content.editions(organizationId, productId);
  const current = currentEdition(all, atMs);
  return [...all].sort((a, b) => a.id - b.id).map((one) => writeEdition(one, current));
}

const ofProduct = { id: id("the product") };

export const editionRoutes = [
  listRoute({
    path: "/products/{id}/editions",
    name: "listEditions",
    resource,
    summary: "List the editions of a product",
    description: "In the order in which they were added. The command line adds content.",
    scope: "read_products",
    params: ofProduct,
    pages: "number",
    answer: { status: 200, schema: edition },
    problems: ["product_not_found"],
    example: { params: { id: "42" }, answer: example },
    async handle(call) {
      const all = await read(call);
      if (all === undefined) return refused("product_not_found");
      const rest = all.filter((one) => Number(one.id) > Number(call.page.after ?? -1));
      const rows = rest.slice(0, call.page.limit);
      return reply(rows, { next: rest.length > rows.length ? rows.at(-1)?.id : undefined });
    },
  }),

  route({
    method: "GET",
    path: "/products/{id}/editions/{edition}",
    name: "getEdition",
    resource,
    summary: "Get an edition",
    scope: "read_products",
    params: { ...ofProduct, edition: id("the edition") },
    answer: { status: 200, schema: edition },
    problems: ["product_not_found", "edition_not_found"],
    example: { params: { id: "42", edition: "6" }, answer: example },
    async handle(call) {
      const all = await read(call);
      if (all === undefined) return refused("product_not_found");
      const found = all.find((one) => one.id === call.params.edition);
      return found === undefined ? refused("edition_not_found") : reply(found, { isTagged: true });
    },
  }),
];
