import { type Delivery, deliveries, deliveriesOf, deliveriesOn } from "../../core/delivery.ts";
import { rows } from "../../engine/working-set.ts";
import { insertDeliveries, lockDeliveries, updateDeliveries } from "../statements/deliveries.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

export const storedDeliveries: StoredNoun<number, Delivery> = {
  noun: deliveries,
  sequence: "delivery_id_seq",
  locksRows: true,

  async load({ runner, secrets, organizationId }, asked, lock) {
    const codes = asked.questions(deliveriesOf);
    const on = asked.questions(deliveriesOn);
    return [rows(deliveries, await lockDeliveries(runner, secrets, organizationId, codes, on, lock))];
  },

  *write({ runner, organizationId }, { added, changed }) {
    // An old delivery ends before the delivery that takes its place begins.
    yield* unlessEmpty(changed, (all) => updateDeliveries(runner, organizationId, all));
    yield* unlessEmpty(added, (all) => insertDeliveries(runner, organizationId, all));
  },
};
