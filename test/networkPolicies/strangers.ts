import { DEV_NAMESPACE } from "../../scripts/process/paths.ts";

/** A namespace that no policy names. */
export const ELSEWHERE = "orders-elsewhere";

/** Pods that no policy means: one that nobody knows in the namespace, and one elsewhere with the API's labels, which say nothing without the namespace. */
export function strangers(): object[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: ELSEWHERE } },
    stranger(DEV_NAMESPACE, { app: "stranger" }),
    stranger(ELSEWHERE, { app: "ownsignal", service: "api" }),
  ];
}

/** Redis listens on any port; its image is on the node. */
function stranger(namespace: string, labels: Record<string, string>): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "stranger", namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: "RuntimeDefault" } },
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "redis",
          image: "docker.io/library/redis:7.0.15-bookworm",
          imagePullPolicy: "IfNotPresent",
          command: ["redis-server", "--port", "9464", "--save", "", "--protected-mode", "no"],
          ports: [{ name: "metrics", containerPort: 9464 }],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}
