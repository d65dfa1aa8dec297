import { sizesOf } from "../../loadtest/k6/lib/profiles.ts";

/** Fewer than the proof's own, so that one worker alone has done them within minutes: enough for the maximum of replicas all the same. */
export const TRIAL_SIZES = { ...sizesOf.smoke, backlogOrders: 1500 };
