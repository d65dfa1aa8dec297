import { objectives, queueDrains } from "../scenarios/declaration.ts";
import { backlogOf } from "../scenarios/queueBacklog.ts";

/** What a scenario says of a backlog that is put straight on the queue and drains from it, with no scale-out claimed. */
export function backlogDrained(orders: number) {
  return {
    load: backlogOf(orders),
    needs: "bus",
    reaches: [],
    orders,
    queue: queueDrains(orders),
    mustScale: [],
    objectives: objectives({}),
  } as const;
}
