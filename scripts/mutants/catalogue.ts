import type { ScenarioName } from "../../loadtest/model/scenario.ts";

/** Who says that something is wrong, and in which words: all of them in one line, so that a person reads what to mend. */
export type Objection =
  | {
      /** The rules of test/manifests, over what the mutant renders to. */
      by: "manifests";
      words: readonly string[];
    }
  | {
      /** `./scripts/doctor`: by what is declared, for which it needs no cluster, or by what the deployed mutant does. */
      by: "doctor";
      looksAt: "declared" | "deployed";
      words: readonly string[];
    }
  | {
      /** The proof, by a failed assertion of this scenario. */
      by: "proof";
      scenario: ScenarioName;
      words: readonly string[];
    };

/** A set-up that is broken in one place: `test/mutants/<name>` is an overlay over `kustomize/overlays/dev`. */
export interface Mutant {
  name: string;
  broken: string;
  /** What happens to a system like that. */
  consequence: string;
  /** Each of them has to object. */
  objections: readonly [Objection, ...Objection[]];
}

function manifests(...words: string[]): Objection {
  return { by: "manifests", words };
}

function doctor(looksAt: "declared" | "deployed", ...words: string[]): Objection {
  return { by: "doctor", looksAt, words };
}

function proof(scenario: ScenarioName, ...words: string[]): Objection {
  return { by: "proof", scenario, words };
}

/** Those on a cluster come from quick to slow. */
export const CATALOGUE: readonly Mutant[] = [
  {
    name: "cpu-request-missing",
    broken: "container api requests no CPU",
    consequence: "the HPA has nothing to take 60 % of, and scales on memory alone",
    objections: [
      manifests("HorizontalPodAutoscaler api needs a cpu request of container api"),
      doctor("declared", "scales on a share of the cpu that container api of Deployment api requests", "requests.cpu"),
    ],
  },
  {
    name: "two-autoscalers",
    broken: "an HPA on CPU beside the ScaledObject of the worker",
    consequence: "both set the replicas, by turns; the worker flaps, and never rests at 0",
    objections: [
      manifests("Deployment worker has HorizontalPodAutoscaler worker-cpu and ScaledObject worker"),
      doctor(
        "declared",
        "Deployment worker has 2 autoscalers",
        "ScaledObject worker",
        "worker-cpu",
        "leave one of them",
      ),
    ],
  },
  {
    name: "replicas-fixed",
    broken: "replicas: 3 in the worker's Deployment",
    consequence: "each kubectl apply sets 3 workers, in the middle of a backlog too",
    objections: [
      manifests("Deployment worker has replicas: 3 beside ScaledObject worker"),
      doctor("declared", "Deployment worker sets spec.replicas: 3", "remove `replicas` from its manifest"),
    ],
  },
  {
    name: "hpa-without-room",
    broken: "minReplicas of the API's HPA is its maxReplicas",
    consequence: "the API never scales, and costs its maximum all the time",
    objections: [
      manifests("HorizontalPodAutoscaler api has no room", "minReplicas 6"),
      doctor("declared", "HorizontalPodAutoscaler api never scales: minReplicas equals maxReplicas (6)"),
    ],
  },
  {
    name: "never-at-zero",
    broken: "minReplicaCount 1",
    consequence: "a worker runs and costs while there is nothing to do",
    objections: [manifests("ScaledObject worker keeps 1 replica without work (minReplicaCount)")],
  },
  {
    name: "grace-period-too-short",
    broken: "the worker is given 5 s to stop",
    consequence: "each scale-in kills workers with orders in hand, which come again a minute later",
    objections: [manifests("Deployment worker is given 5 s to stop, its drain can take")],
  },
  {
    name: "fallback-to-zero",
    broken: "a fallback to 0 replicas",
    consequence: "KEDA takes busy workers away whenever it cannot read the queue",
    objections: [manifests("ScaledObject worker would take busy workers away")],
  },
  {
    name: "activation-too-high",
    broken: "activationMessageCount 5000",
    consequence: "up to 5,000 orders wait for good, since no worker is ever started for them",
    objections: [doctor("declared", "starts no worker for up to 5000 messages (activationMessageCount)")],
  },
  {
    name: "wrong-queue",
    broken: "the ScaledObject watches another queue than the worker receives from",
    consequence: "orders wait, and no worker comes",
    objections: [
      manifests("ScaledObject worker watches queue invoices, and Deployment worker receives from orders"),
      doctor("deployed", "queue invoices", "name a queue that the bus has"),
    ],
  },
  {
    name: "keda-wrong-key",
    broken: "KEDA asks with the worker's key, which may listen and not manage",
    consequence: "KEDA cannot read the queue's length; no worker comes, or the fallback's one",
    objections: [
      manifests("TriggerAuthentication worker asks with Secret servicebus-worker, whose key may not Manage"),
      doctor("deployed", "ScaledObject worker", "its key must have Manage rights"),
    ],
  },
  {
    name: "ca-missing",
    broken: "KEDA does not have the authority that signed the bus's certificate",
    consequence: "KEDA cannot read the queue's length, at the latest when its operator restarts",
    objections: [
      doctor("deployed", "KEDA does not trust the bus: no ConfigMap custom-ca with key ca.crt", "./scripts/up"),
    ],
  },
  {
    name: "max-replicas-one",
    broken: "maxReplicaCount 1",
    consequence: "a backlog is worked off by one worker, however long it is",
    objections: [
      manifests("ScaledObject worker has no room", "maxReplicaCount is 1"),
      doctor("declared", "ScaledObject worker allows 1 replica at the most (maxReplicaCount)"),
      proof("queue-backlog", "allows 1 replica at the most (maxReplicaCount)"),
    ],
  },
  {
    name: "message-count-too-high",
    broken: "messageCount 100000",
    consequence: "4,000 orders are one worker's: it works for minutes where eight would need seconds",
    objections: [
      doctor("declared", "one replica for each 100000 messages (messageCount), so that 4000 messages want 1"),
      proof("queue-backlog", "one replica for each 100000 messages (messageCount)", "want 1"),
    ],
  },
  {
    name: "poll-too-slow",
    broken: "pollingInterval 300",
    consequence: "an order can wait for five minutes before anybody looks",
    objections: [
      doctor("declared", "looks at the queue every 300 s only", "(pollingInterval)"),
      proof("queue-backlog", "looks at the queue every 300 s only", "(pollingInterval)"),
    ],
  },
  {
    name: "cooldown-too-long",
    broken: "cooldownPeriod 86400",
    consequence: "idle workers stay for a day after each order",
    objections: [
      doctor("declared", "keeps idle workers for 86400 s (cooldownPeriod)"),
      proof("queue-backlog", "keeps idle workers for 86400 s (cooldownPeriod)"),
    ],
  },
  {
    name: "worker-on-cpu",
    broken: "the worker is scaled by an HPA on its CPU instead of by KEDA on the queue",
    consequence: "a worker that waits for its provider uses no CPU, so that a backlog brings no second one",
    objections: [
      manifests("Deployment worker is scaled by HorizontalPodAutoscaler worker on cpu and not by the queue's length"),
      proof(
        "queue-backlog",
        "Deployment worker is scaled by an HPA on cpu of container worker",
        "not by the queue's length",
      ),
    ],
  },
  {
    name: "api-does-the-queues-work",
    broken: "the API's own process works while the queue holds something",
    consequence: "orders for the worker scale the API: the signals leak",
    objections: [proof("queue-backlog", "HPA api asked for", "cpu of container api follows the queue")],
  },
  {
    name: "hpa-on-sidecar",
    broken: "the API's HPA looks at container validator",
    consequence: "look-ups, which need no validation, never scale the API",
    objections: [
      manifests("HorizontalPodAutoscaler api looks at container validator, a sidecar"),
      doctor("declared", "targets container validator, a sidecar of Deployment api", "name container api"),
      proof("api-cpu", "HPA api looks at container validator and not at api: its cpu read at most"),
    ],
  },
  {
    name: "completes-before-fulfilling",
    broken: "the worker completes a message before it has fulfilled the order",
    consequence: "what is in hand when a worker is killed is lost, and nothing says so",
    objections: [proof("scale-in-under-load", "completes a message before it has fulfilled")],
  },
  {
    name: "no-drain",
    broken: "the worker leaves at once on SIGTERM",
    consequence:
      "each scale-in leaves locked messages behind, which come again a minute later and count as delivered once more",
    objections: [proof("scale-in-under-load", "the worker does not drain")],
  },
];

/** Whether one of these lines has all the words. */
export function isNamed(words: readonly string[], lines: readonly string[]): boolean {
  return lines.some((line) => words.every((word) => line.includes(word)));
}
