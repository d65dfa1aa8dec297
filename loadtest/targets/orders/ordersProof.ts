import { runProof } from "../../engine/runProof.ts";
import type { ProofOptions } from "../../engine/proofOptions.ts";
import { type Profile, type Sizes, sizesOf } from "../../k6/lib/profiles.ts";
import type { ServiceDialer } from "../../model/endpoint.ts";
import type { Report } from "../../model/report.ts";
import type { OrdersOverlay } from "./overlays.ts";
import { openOrdersTarget, type OrdersSystem } from "./ordersTarget.ts";
import { ordersScenario, scenariosOf } from "./catalogue.ts";
import type { OrdersScenario } from "./scenarios/declaration.ts";
import type { ScenarioName } from "./scenarios/names.ts";

/** What a proof of the orders system needs to know. */
export interface OrdersProofOptions extends Omit<ProofOptions, "runs" | "openTarget" | "profile"> {
  namespace: string;
  /** Which overlay is deployed there; dev by default. */
  overlay?: OrdersOverlay;
  reach: ServiceDialer;
  profile: Profile;
  /** In this order; those of the profile by default. */
  scenarios?: readonly ScenarioName[];
  /** How much is sent and for how long, where not what the profile says. */
  sizes?: Partial<Sizes>;
  queue?: string;
  /** Kills a container by SIGKILL. Without it scale-in-under-load is inconclusive. */
  killContainer?: OrdersSystem["killContainer"];
  /** Injects faults that need root on the node. */
  node?: OrdersSystem["node"];
}

/** The scenarios that are requested, with their numbers. */
export function ordersScenarios(
  of: Pick<OrdersProofOptions, "namespace" | "profile" | "scenarios" | "sizes">,
): OrdersScenario[] {
  const sizes = { ...sizesOf[of.profile], ...of.sizes };
  return (of.scenarios ?? scenariosOf(of.profile)).map((name) => ordersScenario(name, sizes, of.namespace));
}

/** Proves the orders system, see {@link runProof}. */
export async function runOrdersProof(options: OrdersProofOptions): Promise<Report> {
  return runProof(ordersProof(options));
}

export function ordersProof(options: OrdersProofOptions): ProofOptions {
  const { namespace, overlay, reach, killContainer, node, queue } = options;
  const scenarios = ordersScenarios(options);
  return {
    ...options,
    runs: scenarios.map((scenario) => ({ scenario, repeat: null })),
    openTarget: (surroundings) =>
      openOrdersTarget(
        {
          ...{
            kubeConfig: options.kubeConfig,
            k6Path: options.k6Path,
            namespace,
            reach,
            scenarios,
            killContainer,
            node,
          },
          ...(queue === undefined ? {} : { queue }),
          ...(overlay === undefined ? {} : { overlay }),
        },
        surroundings,
      ),
  };
}
