import type { NeededObject } from "../../preflight/neededObject.ts";

export const overlayNames = ["dev", "azure"] as const;
export type OverlayName = (typeof overlayNames)[number];

/** A key of a Secret in the overlay's namespace. */
export interface SecretKey {
  secret: string;
  key: string;
  /** What provides it. */
  fix: string;
}

/** What a proof has to know of an overlay of the orders system, beside its workloads, which are the same in each. */
export interface OrdersOverlay {
  /** Where it deploys to. */
  namespace: string;
  /** Where the loads' key for the bus comes from: a Secret, or the environment of the proof, where no key is in the cluster. */
  bus: { from: "secret"; connection: SecretKey; authority: SecretKey; service: string } | { from: "environment" };
  /** How Redis is reached: by a Service, or by an address with a key in it; `REDIS_URL` in the environment of the proof wins over the Secret. */
  redis: { from: "service"; service: string; port: number } | { from: "secret"; url: SecretKey };
}

const UP = "./scripts/up makes it";

export const overlays: Readonly<Record<OverlayName, OrdersOverlay>> = {
  dev: {
    namespace: "orders-dev",
    bus: {
      from: "secret",
      service: "servicebus-emulator",
      connection: { secret: "servicebus-loadtest", key: "connection", fix: UP },
      authority: { secret: "servicebus-emulator-tls", key: "ca.crt", fix: UP },
    },
    redis: { from: "service", service: "cache", port: 6379 },
  },
  azure: {
    namespace: "orders",
    // The bus takes Entra's tokens only, and those are of whoever runs the proof.
    bus: { from: "environment" },
    redis: {
      from: "secret",
      url: {
        secret: "redis-url-api",
        key: "url",
        fix: "the Secrets Store CSI driver makes it with the first pod of the API; or set REDIS_URL",
      },
    },
  },
};

/** The variables of a proof's environment that it may take the place of Secrets from. */
export type ProofEnvironment = Readonly<Record<string, string | undefined>>;

/** The Services and Secrets that the orders system's own evidence needs. */
export function neededObjects(
  { bus, redis }: OrdersOverlay,
  { namespace, environment }: { namespace: string; environment: ProofEnvironment },
): NeededObject[] {
  const service = (name: string): NeededObject => ({
    ...{ kind: "Service", name, namespace, purpose: "to find its address" },
    fix: "deploy it, or name the overlay that is deployed: --overlay",
  });
  const secret = ({ secret: name, ...rest }: SecretKey, purpose: string): NeededObject => ({
    ...{ kind: "Secret", name, namespace, purpose, ...rest },
  });
  return [
    service("api"),
    ...(redis.from === "service" ? [service(redis.service)] : []),
    ...(redis.from === "secret" && !environment.REDIS_URL ? [secret(redis.url, "to look orders up in Redis")] : []),
    ...(bus.from === "secret"
      ? [
          secret(bus.connection, "to send orders to the queue"),
          service(bus.service),
          { ...secret(bus.authority, "to trust the emulator's certificate"), optional: true as const },
        ]
      : []),
    {
      ...{ kind: "Service", name: "prometheus", namespace, purpose: "to read the services' own counters" },
      optional: true,
    },
  ];
}
