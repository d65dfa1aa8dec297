import * as z from "zod";

/** A moment from which a time counts. */
export const moment = z.enum(["load-start", "load-end", "queue-empty", "threshold-restored"]);
export type Moment = z.infer<typeof moment>;
