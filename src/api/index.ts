import { type Dialect, type Fault, withAllow } from "../dialects/dialect.ts";
import { strictJsonLimits } from "../wire/strict-json.ts";
import { actionRoutes } from "./actions.ts";
import { availabilityRoutes } from "./availability.ts";
import { bindingRoutes } from "./bindings.ts";
import { conflictRoutes } from "./conflicts.ts";
import { customerRoutes } from "./customers.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { deviceRoutes } from "./devices.ts";
import { docsRoutes } from "./docs.ts";
import { editionRoutes } from "./editions.ts";
import { entitlementActRoutes } from "./entitlement-acts.ts";
import { entitlementRoutes } from "./entitlements.ts";
import { gateRoutes } from "./gates.ts";
import { holdRoutes } from "./holds.ts";
import { operatorRoutes } from "./operators.ts";
import { organizationRoutes } from "./organization.ts";
import { Problem, problemResponse, type RequestFault } from "./problem.ts";
import { productRoutes } from "./products.ts";
import { redeemRoutes } from "./redeem.ts";
import type { Route } from "./route.ts";
import { saleRoutes } from "./sales.ts";
import { sample } from "./sample.ts";
import { prefix, serve } from "./serve.ts";
import { settingRoutes } from "./settings.ts";
import { statisticRoutes } from "./statistics.ts";
import { stockRoutes } from "./stock.ts";
import { tokenRoutes } from "./tokens.ts";

/** Every route, in the order of the document. A new resource is a file and a line here. */
export const routes: readonly Route[] = [
  ...productRoutes,
  ...availabilityRoutes,
  ...editionRoutes,
  ...entitlementRoutes,
  ...redeemRoutes,
  ...entitlementActRoutes,
  ...bindingRoutes,
  ...deliveryRoutes,
  ...actionRoutes,
  ...statisticRoutes,
  ...conflictRoutes,
  ...holdRoutes,
  ...gateRoutes,
  ...stockRoutes,
  ...saleRoutes,
  ...customerRoutes,
  ...deviceRoutes,
  ...organizationRoutes,
  ...settingRoutes,
  ...operatorRoutes,
  ...tokenRoutes,
];

/** The server's own protocol: REST and JSON below `/v1`. It is a guest of `http/` as the dialects are. */
export const api: Dialect = {
  name: "api",
  prefixes: [prefix],
  bodyBytesMax: strictJsonLimits.bytesMax,
  settings: [],
  sample,
  routes: [
    ...docsRoutes(() => routes),
    ...routes.map((route) => ({
      method: route.method,
      path: prefix + route.path.replace(/\{(\w+)\}/g, ":$1"),
      clause: route.name,
      handle: serve(route),
    })),
  ],

  fault(fault, _organization, _path, requestId) {
    const [code, detail] = faults[fault.kind];
    return withAllow(problemResponse(new Problem(code, undefined, detail), requestId), fault);
  },
};

const faults: Record<Fault["kind"], readonly [RequestFault, detail?: string]> = {
  body_too_large: ["body_too_large"],
  coding_unknown: ["media_type_unknown"],
  request_broken: ["request_invalid", "The request cannot be read."],
  path_unknown: ["path_unknown"],
  method_not_defined: ["method_not_allowed"],
  unavailable: ["unavailable"],
  busy: ["busy"],
  broken: ["internal"],
};
