import type { AlertCase } from "./alertCase.ts";
import { autoscalersCases } from "./autoscalers.ts";
import { ordersCases } from "./orders.ts";
import { targetsCases } from "./targets.ts";
import { workerCases } from "./worker.ts";

export const ALERT_CASES: readonly AlertCase[] = [...workerCases, ...ordersCases, ...autoscalersCases, ...targetsCases];
