import { EXTERNAL_METRICS } from "../../../loadtest/observe/controllers.ts";
import { kedaOf } from "../controllers.ts";
import { finding, type Finding } from "../finding.ts";
import { liveObjects, subjectOf, type View } from "../view.ts";
import { pathOfDeployment } from "./paths.ts";

/** KEDA's adapter asks the operator by gRPC, the API server asks the adapter: both with certificates that KEDA makes itself, in Secret kedaorg-certs. */
export function isOfKedasCertificates(message: string): boolean {
  // gRPC's words, or those of the API server's aggregator. What the bus's certificate makes KEDA say has none of them.
  const isBetweenItsParts =
    /rpc error|authentication handshake failed|external\.metrics|keda-operator|failing or missing response/i.test(
      message,
    );
  return isBetweenItsParts && /x509|certificate|tls:/i.test(message);
}

/** The first message that tells of them: of the APIService, of an HPA on an external metric, or of a ScaledObject that repeats it. */
export function kedaCertificateFindings(view: View): Finding[] {
  const keda = kedaOf(view);
  if (keda === undefined || view.controllers.kind !== "value") return [];
  const apiService = view.controllers.value.apiServices.find(({ metadata }) => metadata?.name === EXTERNAL_METRICS);
  const messages = [
    ...(apiService?.status?.conditions ?? [])
      .filter(({ type, status }) => type === "Available" && status !== "True")
      .map(({ message = "" }) => message),
    ...liveObjects(view)
      .autoscalers.flatMap(({ status }) => status?.conditions ?? [])
      .filter(({ type, status }) => type === "ScalingActive" && status === "False")
      .map(({ message = "" }) => message),
    ...liveObjects(view)
      .scaledObjects.flatMap(({ status }) => status?.conditions ?? [])
      .filter(({ type, status }) => (type === "Ready" || type === "HPAActive") && status === "False")
      .map(({ message }) => message),
  ];
  const message = messages.find(isOfKedasCertificates);
  if (message === undefined) return [];
  return [
    finding("keda-certificates-untrusted", subjectOf("Deployment", keda.adapter), {
      ...{ message, namespace: keda.namespace },
      operator: pathOfDeployment(keda.operator),
      adapter: pathOfDeployment(keda.adapter),
    }),
  ];
}
