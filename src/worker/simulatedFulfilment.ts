import * as z from "zod";
import { milliseconds } from "../shared/environment.ts";
import { pause } from "../shared/pause.ts";
import { UnfulfillableError, type Fulfilment } from "./fulfilment.ts";

/** How the simulated provider behaves, as an environment's shape. */
export const simulationEnvironment = {
  /** How long a call takes, in milliseconds: the median. */
  FULFILMENT_LATENCY_MS: milliseconds.default(100),
  /**
   * How far calls differ from it: the standard deviation of the logarithm of their time. At 0 all take the same; at 0.5 one in six takes 1.6 times the
   * median or more, at 1 2.7 times.
   */
  FULFILMENT_LATENCY_SPREAD: z.coerce.number().min(0).max(3).default(0),
  /** Which part of all calls fails, from 0 to 1; another try may succeed. */
  FULFILMENT_FAILURE_RATE: z.coerce.number().min(0).max(1).default(0),
  /** The products that the provider knows, separated by commas; all, without it. */
  FULFILMENT_PRODUCTS: z
    .string()
    .transform((names) => new Set(names.split(",").map((name) => name.trim())))
    .optional(),
};

export type SimulationEnvironment = z.infer<z.ZodObject<typeof simulationEnvironment>>;

/** Reason on messages in the dead-letter queue that name a product which the provider does not know. */
export const UNKNOWN_PRODUCT = "unknown-product";

/**
 * A provider that behaves as the environment says.
 * @param random from 0 to 1, 1 excluded.
 */
export function simulatedFulfilment(simulation: SimulationEnvironment, random: () => number = Math.random): Fulfilment {
  const { FULFILMENT_FAILURE_RATE: failureRate, FULFILMENT_PRODUCTS: products } = simulation;
  return {
    fulfil: async ({ productId }, { signal }) => {
      await pause(latencyMs(simulation, random), signal);
      signal.throwIfAborted();
      if (products?.has(productId) === false) {
        const shown = JSON.stringify(productId);
        throw new UnfulfillableError(
          UNKNOWN_PRODUCT,
          `the provider does not know ${shown}, it knows ${[...products].join(", ")}`,
        );
      }
      if (random() < failureRate) throw new Error("simulated failure of the provider");
    },
  };
}

/** How long the next call takes, in milliseconds: distributed log-normally, as those of real services about are. */
export function latencyMs(
  { FULFILMENT_LATENCY_MS: medianMs, FULFILMENT_LATENCY_SPREAD: spread }: SimulationEnvironment,
  random: () => number,
): number {
  // Normally distributed around 0 with deviation 1, by Box and Muller.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return medianMs * Math.exp(spread * normal);
}
