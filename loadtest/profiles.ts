// The shape of every load, in one place. Imported by k6 and by the proof alike: no module of either may be imported here.

/** A backlog that is put on the queue as fast as the bus takes it. */
export const queueBacklog = {
  /** Overridden by ORDERS. */
  orders: 4000,
  ordersPerRequest: 100,
  virtualUsers: 4,
  /** A bus that takes longer than this for the whole backlog has not been given the load that is declared here. */
  longestSeconds: 120,
};

/** A constant arrival rate for a while. */
export interface Step {
  requestsPerSecond: number;
  seconds: number;
}

/**
 * Look-ups: long enough at the first rate for the HPA to see it (a CPU sample is up to 40 s old when the HPA reads it), then steps.
 * Overridden by API_STEPS, for example `100x5,200x5`.
 */
export const apiCpuSteps: readonly Step[] = [
  { requestsPerSecond: 900, seconds: 60 },
  { requestsPerSecond: 1600, seconds: 15 },
  { requestsPerSecond: 2300, seconds: 15 },
  { requestsPerSecond: 3000, seconds: 15 },
];

/**
 * Parses `<requests per second>x<seconds>[,…]`.
 * @throws naming the step that is wrong.
 */
export function parseSteps(text: string): Step[] {
  return text.split(",").map((step) => {
    const match = /^\s*([1-9]\d*)x([1-9]\d*)\s*$/.exec(step);
    if (match === null) {
      throw new Error(
        `API_STEPS has the step ${JSON.stringify(step)}; a step is <requests per second>x<seconds>, for example 900x60`,
      );
    }
    return { requestsPerSecond: Number(match[1]), seconds: Number(match[2]) };
  });
}

/** The inverse of {@link parseSteps}. */
export function formatSteps(steps: readonly Step[]): string {
  return steps.map((step) => `${step.requestsPerSecond}x${step.seconds}`).join(",");
}

/** How long the steps take together, in seconds. */
export function durationSeconds(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + step.seconds, 0);
}

/** How many requests the steps declare together. */
export function declaredRequests(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + step.requestsPerSecond * step.seconds, 0);
}

/**
 * A whole number of at least 1 from the environment.
 * @throws naming the variable and its value.
 */
export function positiveInteger(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === "") return otherwise;
  if (!/^[1-9]\d*$/.test(text))
    throw new Error(`${name} is ${JSON.stringify(text)}; it has to be a whole number of at least 1`);
  return Number(text);
}
