import { loadOf, objectives, queueDrains, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";

/** Two workers' work: what waits does so for a free one, not for a pod. */
const ORDERS_PER_SECOND = 30;
const ORDERS_PER_REQUEST = 10;
const POISON_EVERY = 50;
/** Until the workers that it takes are there. */
const WARM_UP_SECONDS = 45;

export const poison: ScenarioOf = ({ faults: { seconds } }) => {
  const poisonFromSeconds = WARM_UP_SECONDS + seconds;
  const loadSeconds = poisonFromSeconds + seconds;
  const messages = ORDERS_PER_SECOND * loadSeconds;
  const poisoned = Math.floor((ORDERS_PER_SECOND * seconds) / POISON_EVERY);
  return {
    ...USUAL,
    name: "poison",
    summary:
      "one message in 50 can never be an order: exactly those are dead-lettered, at once, and the others do not wait for them",
    load: loadOf("queue-steady.ts", {
      environment: {
        ORDERS_PER_SECOND: String(ORDERS_PER_SECOND),
        SECONDS: String(loadSeconds),
        POISON_EVERY: String(POISON_EVERY),
        POISON_FROM_SECONDS: String(poisonFromSeconds),
      },
      delivered: messages / ORDERS_PER_REQUEST,
      seconds: loadSeconds,
    }),
    needs: "bus",
    reaches: [],
    orders: messages - poisoned,
    queue: queueDrains(messages),
    mustScale: [],
    mustNotScale: ["api"],
    objectives: objectives({}),
    mustHold: [
      { id: "poison-dead-lettered", reason: "invalid-order" },
      { id: "age-less-than-doubled", sinceSeconds: WARM_UP_SECONDS, fromSeconds: poisonFromSeconds },
    ],
    expectedSeconds: 50 + loadSeconds,
  };
};
