import { objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { ordersPlaced } from "./ordersPlaced.ts";

const PACE = { ordersPerSecond: 80, seconds: 125 };
const ORDERS = PACE.ordersPerSecond * PACE.seconds;

export const noFault: ScenarioOf = () => ({
  ...USUAL,
  name: "no-fault",
  summary: "the control: 10,000 orders and nothing is broken, each is processed once",
  ...ordersPlaced(PACE),
  objectives: objectives({}),
  mustHold: [{ id: "commits-counted", commits: ORDERS }],
  expectedSeconds: 60 + PACE.seconds,
});
