// Imported by whoever judges a configuration by the same numbers: nothing may be imported here.

/** What is expected of any configuration, dev's or Azure's (poll 30 s, cooldown 300 s); it may fail them by itself, and then no load has to show it. */
export const OBJECTIVES = {
  /** From the backlog to the first ready worker: KEDA's poll, a pod's start, and room for a slow node. */
  firstWorkerSeconds: 60,
  /** From the empty queue until the idle workers are gone. */
  idleWorkersGoneSeconds: 600,
  /** From the load's end until the API is back at its minimum. */
  idleApiGoneSeconds: 600,
} as const;
