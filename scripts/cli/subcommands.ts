/** A subcommand of `ownsignal`. Its module is loaded only when it runs. */
export interface Subcommand {
  /** What it does, in a line. */
  summary: string;
  /** Whether it ends what is running by itself at SIGINT and SIGTERM. */
  handlesSignals: boolean;
  /** Gives its exit code. */
  run: (args: readonly string[]) => Promise<number>;
}

export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  prove: {
    summary: "proves that what autoscaling.yaml names scales on its own signal",
    handlesSignals: true,
    run: async (args) => (await import("./prove.ts")).runProve(args),
  },
  init: {
    summary: "writes autoscaling.yaml for what scales in a namespace",
    handlesSignals: false,
    run: async (args) => (await import("./init.ts")).runInit(args),
  },
  plan: {
    summary: "predicts replicas under a load, before anything is deployed",
    handlesSignals: false,
    run: async (args) => (await import("./plan.ts")).runPlan(args),
  },
  explain: {
    summary: "says why each workload has as many replicas as it has now",
    handlesSignals: false,
    run: async (args) => (await import("./explain.ts")).runExplain(args),
  },
  doctor: {
    summary: "says what is missing or wrong on a cluster for a kustomize overlay, with fixes",
    handlesSignals: false,
    run: async (args) => (await import("./doctor.ts")).runDoctor(args),
  },
  watch: {
    summary: "shows live, in a browser on this machine, what each service scales on and its replicas",
    handlesSignals: true,
    run: async (args) => (await import("./watch.ts")).runWatchSubcommand(args),
  },
  report: {
    summary: "renders a report.json: a table, report.html and junit.xml",
    handlesSignals: false,
    run: async (args) => (await import("./report.ts")).runReport(args),
  },
  emulator: {
    summary: "runs Azure Service Bus on this machine, for queues",
    handlesSignals: true,
    run: async (args) => (await import("./emulator.ts")).runEmulatorSubcommand(args),
  },
};
