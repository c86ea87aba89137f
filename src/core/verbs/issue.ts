import { customerIdentity } from "../customer.ts";
import type { Entitlement } from "../entitlement.ts";
import type { Change } from "../state.ts";
import { accept, namedProduct, type Rule, refuse, take } from "./rule.ts";

/** Refused with `product_not_found`, `code_taken`, `product_retired` or `capacity_reached`. */
export const issue: Rule<"issue"> = {
  needs: (command, codes) => ({
    products: [command.productId],
    codes: typeof command.code === "string" ? [command.code] : codes,
    customers: command.holder === null ? [] : [customerIdentity(command.holder)],
    fresh: { entitlements: 1, customers: command.holder === null ? 0 : 1 },
  }),

  decide(state, command, { nowMs, fresh }) {
    const before = namedProduct(state, command);
    if (before === undefined) return refuse("product_not_found");
    const candidates = typeof command.code === "string" ? [command.code] : fresh.codes;
    const code = candidates.find((candidate) => state.entitlement(candidate) === undefined);
    if (code === undefined) return refuse("code_taken");
    if (before.retiredAtMs !== null) return refuse("product_retired");
    if (before.capacity !== null && before.issued >= before.capacity) return refuse("capacity_reached");

    const changes: Change[] = [];
    const known = command.holder === null ? null : state.customer(customerIdentity(command.holder));
    let customer = known ?? null;
    if (known === undefined && command.holder !== null) {
      customer = { id: take(fresh.customers), name: command.holder.trim(), ownerId: null };
      changes.push({ change: "put_customer", customer });
    }
    const entitlement: Entitlement = {
      id: take(fresh.entitlements),
      productId: before.id,
      code,
      customer,
      inStock: false,
      issuedAtMs: nowMs,
      redemption: null,
      revokedAtMs: null,
    };
    const product = { ...before, issued: before.issued + 1, everIssued: true };
    changes.push({ change: "put_product", product }, { change: "put_entitlement", entitlement });
    return accept<"issue">({ product, entitlement }, changes, [
      {
        kind: "entitlement_issued",
        productId: product.id,
        entitlementId: entitlement.id,
        code,
        occurredAtMs: nowMs,
        refusal: null,
      },
    ]);
  },
};
