import type { Dialect } from "./dialect.ts";
import { ezpert } from "./ezpert/index.ts";
import { mor } from "./mor/index.ts";
import { nokkis } from "./nokkis/index.ts";
import { ocharts } from "./ocharts/index.ts";
import { oesu } from "./oesu/index.ts";

/** Every protocol that the server speaks. A new one is a folder and a line here. */
export const dialects: readonly Dialect[] = [nokkis, mor, ezpert, ocharts, oesu];
