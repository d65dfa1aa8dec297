/** What a reader of a forecast has to know of it. */
export type PlanNote =
  | { readonly id: "kind-not-modelled"; readonly params: { kind: string; name: string } }
  | { readonly id: "kind-not-listed"; readonly params: { kind: string; error: string } }
  | { readonly id: "no-load"; readonly params: { workload: string } }
  | { readonly id: "metric-without-load"; readonly params: { workload: string; metric: string } }
  | { readonly id: "messages-in-lots"; readonly params: { workload: string; messages: number } }
  | { readonly id: "kubelet-delay"; readonly params: { workload: string } }
  | { readonly id: "sidecars-in-pod-metric"; readonly params: { workload: string } }
  | { readonly id: "not-in-report"; readonly params: { workload: string } }
  | { readonly id: "scenario-chosen"; readonly params: { scenario: string; others: readonly string[] } }
  | { readonly id: "scenario-with-faults"; readonly params: { scenario: string } }
  | { readonly id: "evidence-not-simulated"; readonly params: Readonly<Record<string, never>> }
  | { readonly id: "concurrency-assumed"; readonly params: { workload: string } };

export function noteText({ id, params }: PlanNote): string {
  switch (id) {
    case "kind-not-modelled":
      return `${params.kind} ${params.name} is not modelled: what it does is not in this forecast`;
    case "kind-not-listed":
      return `whether there is a ${params.kind}, which is not modelled, is not known: ${params.error}`;
    case "no-load":
      return `${params.workload} is not forecast: no load is given for it (--load ${params.workload}:…)`;
    case "metric-without-load":
      return `${params.workload}: no load is given for ${params.metric}; it is taken as calling for no replicas (--load ${params.workload}.${params.metric}:…)`;
    case "messages-in-lots":
      return `${params.workload}: so many messages are simulated in lots of ${params.messages}`;
    case "kubelet-delay":
      return `${params.workload}: CPU is read as the mean between two scrapes of metrics-server, memory as it is at the scrape; the kubelet's own delay of up to 10 s is not modelled`;
    case "sidecars-in-pod-metric":
      return `${params.workload}: its HPA counts whole pods; the requests of sidecars are counted, their usage is taken as none`;
    case "not-in-report":
      return `${params.workload}: a report does not tell whether behavior was left out, metrics are cached, or there is a fallback; taken as: behavior as it took effect, not cached, none`;
    case "scenario-chosen":
      return `scenario ${params.scenario} of the report${params.others.length === 0 ? "" : `; --scenario names another: ${params.others.join(", ")}`}`;
    case "scenario-with-faults":
      return `scenario ${params.scenario} is left out: faults are not simulated`;
    case "evidence-not-simulated":
      return "requests, the ledger and the queries of the file are not simulated: nothing is said of them";
    case "concurrency-assumed":
      return `${params.workload}: a replica is taken to work on one message at a time (--concurrency)`;
  }
}
