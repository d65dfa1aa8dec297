import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import packageJson from "../../package.json" with { type: "json" };

/** A registry of its own for each service, with the metrics of the Node process and the build's version in it. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "ownsignal_build_info",
    help: "Always 1; the labels say which build this is.",
    labelNames: ["version"],
    registers: [registry],
  })
    .labels({ version: packageJson.version })
    .set(1);
  return registry;
}

/** What a service leans on and goes on without. */
export type Dependency = "broker" | "redis" | "validator";

/** Notes whether a dependency answered when it was last asked. */
export type NoteDependency = (dependency: Dependency, up: boolean) => void;

/** The gauge `dependency_up`; every dependency named is there from the start, at 0. */
export function createDependencyGauge(registry: Registry, dependencies: readonly Dependency[]): NoteDependency {
  const gauge = new Gauge({
    name: "dependency_up",
    help: "1 when the dependency answered when it was last asked, else 0.",
    labelNames: ["dependency"],
    registers: [registry],
  });
  for (const dependency of dependencies) gauge.set({ dependency }, 0);
  return (dependency, up) => {
    gauge.set({ dependency }, up ? 1 : 0);
  };
}
