import * as z from "zod";

/** A moment from which a time counts. `metric-inactive`: KEDA's condition Active became false, from which its cooldown runs. */
export const moment = z.enum(["load-start", "load-end", "queue-empty", "metric-inactive", "threshold-restored"]);
export type Moment = z.infer<typeof moment>;
