import { categoryIn } from "../category.ts";
import {
  type Admission,
  admissionText,
  canonicalGateName,
  type Gate,
  type GateRight,
  type GateTerms,
  gateNamed,
  gateOfKey,
  gateRights,
  gates,
  refuseGateTerms,
} from "../gate.ts";
import { aboutSetup, type LogDetail, type Plain } from "../log-entry.ts";
import { products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { type Named, put, type State } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

/** Creates a gate. */
export const createGate = verb<{ readonly terms: GateTerms }, { readonly gate: Gate }>()({
  name: "create_gate",
  permission: "manage_products",
  refusals: [
    "product_not_found",
    "category_not_found",
    "name_invalid",
    "quantity_invalid",
    "access_key_invalid",
    "gate_taken",
    "access_key_taken",
  ],
  logs: ["gate_created"],

  needs: ({ terms }) => ({ lock: rowsOf(terms), fresh: [[gates, 1]] }),

  decide(state, { terms }, { nowMs, fresh }) {
    const gate: Gate = { id: fresh(gates), ...canonical(terms), createdAtMs: nowMs, retiredAtMs: null };
    const refusal = strongest([
      refuseAdmissions(state, gate.admits),
      refuseGateTerms(gate),
      ...refuseTaken(state, gate, gate.id),
    ]);
    if (refusal !== undefined) return refuse(refusal);
    return accept({ gate }, [put(gates, gate)], [aboutSetup("gate_created", detailOf(gate), nowMs)]);
  },
});

interface ChangeGate {
  readonly gateId: number;
  /** Absent terms keep their value. A list replaces the whole list. */
  readonly terms: Partial<GateTerms>;
}

/** Changes the terms of a gate. A retired gate counts as not found. */
export const changeGate = verb<ChangeGate, { readonly gate: Gate }>()({
  name: "change_gate",
  permission: "manage_products",
  refusals: [
    "product_not_found",
    "category_not_found",
    "gate_not_found",
    "name_invalid",
    "quantity_invalid",
    "access_key_invalid",
    "gate_taken",
    "access_key_taken",
  ],
  logs: ["gate_changed"],

  needs: ({ gateId, terms }) => ({ lock: [gates.at(gateId), ...rowsOf(terms)] }),

  decide(state, { gateId, terms }, { nowMs }) {
    const unfit = refuseAdmissions(state, terms.admits);
    const before = state.get(gates, gateId);
    if (before === undefined || before.retiredAtMs !== null) return refuse(unfit ?? "gate_not_found");
    const gate: Gate = { ...before, ...canonical({ ...before, ...terms }) };
    const given = { ...(terms.name === undefined ? {} : { name: gate.name }), accessKeys: terms.accessKeys ?? [] };
    const refusal = strongest([unfit, refuseGateTerms(gate), ...refuseTaken(state, given, gateId)]);
    if (refusal !== undefined) return refuse(refusal);
    const changes = changesOf(before, gate);
    if (Object.keys(changes).length === 0) return accept({ gate });
    const detail = { ...detailOf(before), ...changes };
    return accept({ gate }, [put(gates, gate)], [aboutSetup("gate_changed", detail, nowMs)]);
  },
});

/**
 * Retires a gate: its access keys open nothing any more, unless a product lists them, and may be given to another gate.
 * Its row stays, since uses and log entries name it. A gate that was retired before counts as not found.
 */
export const retireGate = verb<{ readonly gateId: number }, { readonly gate: Gate }>()({
  name: "retire_gate",
  permission: "manage_products",
  refusals: ["gate_not_found"],
  logs: ["gate_retired"],

  needs: ({ gateId }) => ({ lock: [gates.at(gateId)] }),

  decide(state, { gateId }, { nowMs }) {
    const before = state.get(gates, gateId);
    if (before === undefined || before.retiredAtMs !== null) return refuse("gate_not_found");
    const gate: Gate = { ...before, accessKeys: [], retiredAtMs: nowMs };
    return accept({ gate }, [put(gates, gate)], [aboutSetup("gate_retired", detailOf(before), nowMs)]);
  },
});

/** The rows that these terms name: products, so that none is removed meanwhile, and gates with the name or a key. */
function rowsOf({ name, admits = [], accessKeys = [] }: Partial<GateTerms>): Named[] {
  return [
    products.at(...new Set(admits.map(({ productId }) => productId))),
    gateNamed.at(...(name === undefined ? [] : [canonicalGateName(name)])),
    gateOfKey.at(...accessKeys),
  ].filter(({ asked }) => asked.length > 0);
}

/** The terms as they are kept: nothing twice, and products and rights in one order. */
function canonical({ name, admits, rights, accessKeys }: GateTerms): GateTerms {
  const byProduct = new Map(admits.map((one) => [one.productId, one]));
  return {
    name: canonicalGateName(name),
    admits: [...byProduct.values()].sort((a, b) => a.productId - b.productId),
    rights: gateRights.filter((right) => rights.includes(right)),
    accessKeys: [...new Set(accessKeys)],
  };
}

function refuseAdmissions(
  state: State,
  admits: readonly Admission[] = [],
): "product_not_found" | "category_not_found" | undefined {
  return strongest(
    admits.map(({ productId, categories }) => {
      const product = state.get(products, productId);
      if (product === undefined) return "product_not_found";
      const isThere = (key: string) => categoryIn(product.categories, key) !== undefined;
      return categories === null || categories.every(isThere) ? undefined : "category_not_found";
    }),
  );
}

/** Whether another gate than this one has the name or one of the keys. */
function refuseTaken(state: State, { name, accessKeys }: Partial<GateTerms>, gateId: number) {
  const isTaken = (found: readonly Gate[]) => found.some(({ id }) => id !== gateId);
  return [
    name !== undefined && isTaken(state.find(gateNamed, name)) && "gate_taken",
    accessKeys?.some((key) => isTaken(state.find(gateOfKey, key))) === true && "access_key_taken",
  ] as const;
}

function detailOf({ id, name }: Gate): LogDetail {
  return { gate: name, number: id };
}

/** The changed terms with their old and new values. Access keys are secret, so only their numbers are told. */
function changesOf(before: Gate, after: Gate): LogDetail {
  const changes: Record<string, Plain> = {};
  if (before.name !== after.name) changes.name = { from: before.name, to: after.name };
  for (const term of ["admits", "rights"] as const) {
    const [from, to] = [before[term].map(wordOf), after[term].map(wordOf)];
    if (from.join(" ") !== to.join(" ")) changes[term] = { from, to };
  }
  if (before.accessKeys.join(" ") !== after.accessKeys.join(" ")) {
    changes.accessKeys = { from: before.accessKeys.length, to: after.accessKeys.length };
  }
  return changes;
}

/** A right by its name, and a product by its number, with its categories: `2:adult,child`. */
function wordOf(one: GateRight | Admission): string {
  return typeof one === "string" ? one : admissionText(one);
}
