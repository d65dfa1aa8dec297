// The shape of every load, in one place. Imported by k6 and by the proof alike: no module of either may be imported here.

/** How much is sent: `smoke` for every change, `standard` for all scenarios, `soak` for the long one, `faults` while something is broken. */
export type Profile = "smoke" | "standard" | "soak" | "faults";
export const profiles: readonly Profile[] = ["smoke", "standard", "soak", "faults"];

/** A constant arrival rate for a while. */
export interface Step {
  requestsPerSecond: number;
  seconds: number;
}

/** Requests that are held in flight, each but for its last byte. */
export interface HeldRequests {
  atATime: number;
  /** How long each is held. */
  holdSeconds: number;
  /** Over which the first ones come, evenly. */
  rampSeconds: number;
  /** Of the whole load. */
  seconds: number;
}

/** How much each load sends. */
export interface Sizes {
  /** queue-backlog: orders at once. */
  backlogOrders: number;
  /** scale-in-under-load: enough that some are left when the worker is killed. */
  killedBacklogOrders: number;
  /** below-activation: fewer than the threshold of {@link belowActivation}. */
  fewOrders: number;
  /** api-cpu */
  readSteps: readonly Step[];
  /** spike */
  spikeSteps: readonly Step[];
  /** end-to-end: orders by way of the API. */
  orderSteps: readonly Step[];
  /** api-memory */
  held: HeldRequests;
  /** soak: how long, and how many reads and orders a second. */
  soakSeconds: number;
  soakReadsPerSecond: number;
  soakOrdersPerSecond: number;
  /** What breaks something while orders flow. */
  faults: FaultSizes;
}

export interface FaultSizes {
  /** Orders of a backlog that is drained meanwhile. */
  backlogOrders: number;
  /** Workers that are killed, one every 10 s. */
  kills: number;
  /** Orders by way of the API, while something else is broken. */
  ordersPerSecond: number;
  /** How long orders flow, beside the time in which a part is unavailable. */
  seconds: number;
  /** How long a part is unavailable that comes back by itself or is restored. */
  unavailableSeconds: number;
  /** Share of requests that may fail where the API does not need what is broken. */
  failedShare: number;
  /** How much later than its lock has expired what a killed worker held may be processed. */
  redeliveryMarginSeconds: number;
}

/**
 * Rates that two cores carry with everything on them (k6, the API with its validator, the bus, the workers, the control plane), and with half of them taken
 * by something else. 900 reads a second are twice of what three replicas take, there too: requests that wait for a core come together, and cost less CPU time
 * each. A CPU sample is up to 40 s old when the HPA acts on it, so the first step lasts that long; what comes after it meets several replicas.
 */
const smoke: Sizes = {
  backlogOrders: 4000,
  killedBacklogOrders: 3000,
  fewOrders: 10,
  readSteps: [
    { requestsPerSecond: 900, seconds: 45 },
    { requestsPerSecond: 1100, seconds: 15 },
  ],
  spikeSteps: [
    { requestsPerSecond: 100, seconds: 20 },
    { requestsPerSecond: 1000, seconds: 40 },
  ],
  orderSteps: [{ requestsPerSecond: 120, seconds: 60 }],
  held: { atATime: 4500, holdSeconds: 7, rampSeconds: 40, seconds: 90 },
  soakSeconds: 600,
  soakReadsPerSecond: 250,
  soakOrdersPerSecond: 10,
  // For a machine that is shared and pauses for seconds: it fails more than 0.1 % by itself, and is late. An API that needed Redis would fail for 25 s of 40.
  faults: {
    backlogOrders: 3000,
    kills: 2,
    ordersPerSecond: 10,
    seconds: 20,
    unavailableSeconds: 20,
    failedShare: 0.4,
    redeliveryMarginSeconds: 30,
  },
};

const standard: Sizes = {
  ...smoke,
  backlogOrders: 6000,
  readSteps: [
    { requestsPerSecond: 900, seconds: 60 },
    { requestsPerSecond: 1100, seconds: 15 },
    { requestsPerSecond: 1300, seconds: 15 },
  ],
  orderSteps: [{ requestsPerSecond: 120, seconds: 90 }],
};

/** As docs/reference/reliability.md has them. */
const faults: Sizes = {
  ...standard,
  faults: {
    backlogOrders: 6000,
    kills: 4,
    ordersPerSecond: 25,
    seconds: 40,
    unavailableSeconds: 30,
    failedShare: 0.001,
    redeliveryMarginSeconds: 5,
  },
};

/** By profile. Each k6 script takes those of `smoke` where its environment says nothing else. */
export const sizesOf: Record<Profile, Sizes> = { smoke, standard, soak: smoke, faults };

/** A backlog that is put on the queue as fast as the bus takes it. */
export const queueBacklog = {
  ordersPerRequest: 100,
  virtualUsers: 4,
  /** A bus that takes longer than this for the whole backlog has not been given the load that is declared here. */
  longestSeconds: 120,
};

/** To what the worker's activation threshold is set while below-activation runs. */
export const belowActivation = { activationMessages: 20 };

/** What k6 reports of every duration, and what report.json holds. */
export const trendStats = ["p(50)", "p(95)", "p(99)", "max"];

/**
 * Parses `<requests per second>x<seconds>[,…]`.
 * @param variable where it comes from.
 * @throws naming the step that is wrong.
 */
export function parseSteps(variable: string, text: string): Step[] {
  return text.split(",").map((step) => {
    const match = /^\s*([1-9]\d*)x([1-9]\d*)\s*$/.exec(step);
    if (match === null) {
      throw new Error(
        `${variable} has the step ${JSON.stringify(step)}; a step is <requests per second>x<seconds>, for example 900x60`,
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

/** k6's stages for the steps: a stage of 0 s is a jump to the step's rate, the next one holds it. */
export function stagesOf(steps: readonly Step[]): { target: number; duration: string }[] {
  return steps.flatMap((step) => [
    { target: step.requestsPerSecond, duration: "0s" },
    { target: step.requestsPerSecond, duration: `${step.seconds}s` },
  ]);
}

/** Between the end of one held request and the start of the next on the same connection, in seconds: for its answer. */
const HELD_PAUSE_SECONDS = 1;

/** When, in seconds after the load's start, each request of one of the holders begins: they come evenly over the ramp, so that none of it comes in bursts. */
export function holdsOf(holder: number, { atATime, holdSeconds, rampSeconds, seconds }: HeldRequests): number[] {
  const starts: number[] = [];
  let start = (holder * rampSeconds) / atATime;
  for (; start + holdSeconds <= seconds; start += holdSeconds + HELD_PAUSE_SECONDS) starts.push(start);
  return starts;
}

/** How many requests all holders declare together. */
export function declaredHolds(held: HeldRequests): number {
  let sum = 0;
  for (let holder = 0; holder < held.atATime; holder++) sum += holdsOf(holder, held).length;
  return sum;
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
