import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import type { Environment, ServiceAddress } from "../../declaration/declaration.ts";
import { type Address, type Endpoint, hostPort } from "../../model/endpoint.ts";
import { requestErrorMessage } from "../../observe/rejection.ts";
import { present, until } from "../../observe/request.ts";

const READ_TIMEOUT_MS = 10_000;

/** Makes a Service of a namespace reachable from here. */
export type NamespacedDialer = (namespace: string, service: string, port: number) => Promise<Endpoint>;

/** What addresses and secrets of an environment are, in the cluster. */
export interface EnvironmentSource {
  /** The values that only the cluster knows. @throws naming the Service or the Secret that cannot be had. */
  resolve: (environment: Environment) => Promise<Record<string, string>>;
  /** Where a Service can be dialled; it stays so until `close`. */
  addressOf: (address: ServiceAddress) => Promise<Address>;
  close: () => Promise<void>;
}

/** Each Service is dialled once, however many loads use it; needs the verb `get` on each Secret that a load refers to. */
export function environmentSource(
  kubeConfig: KubeConfig,
  { namespace, dial, log }: { namespace: string; dial: NamespacedDialer; log: (line: string) => void },
): EnvironmentSource {
  const dialled = new Map<string, Promise<Endpoint>>();

  async function addressOf({ service, namespace: own, port }: ServiceAddress): Promise<Address> {
    const where = own ?? namespace;
    const key = `${where}/${service}:${port}`;
    const endpoint =
      dialled.get(key) ??
      announced(where, service, port).catch((error: unknown) => {
        dialled.delete(key);
        throw new Error(`Service ${service} in ${where} cannot be reached from here: ${requestErrorMessage(error)}`);
      });
    dialled.set(key, endpoint);
    return endpoint;
  }

  async function announced(where: string, service: string, port: number): Promise<Endpoint> {
    const endpoint = await dial(where, service, port);
    if (endpoint.isForwarded === true) {
      log(
        `  Service ${service} has no address outside the cluster: it is reached by a port-forward to one of its pods, which carries little. ` +
          "For a load of requests give it one (type LoadBalancer), or send the load from a Job",
      );
    }
    return endpoint;
  }

  async function secretValue(secret: string, key: string): Promise<string> {
    const found = await present(`Secret ${secret} in ${namespace}`, (signal) =>
      kubeConfig.makeApiClient(CoreV1Api).readNamespacedSecret({ name: secret, namespace }, until(signal)),
    )(AbortSignal.timeout(READ_TIMEOUT_MS));
    const encoded = found?.data?.[key];
    if (found === undefined) throw new Error(`there is no Secret ${secret} in ${namespace}`);
    if (encoded === undefined) {
      const keys = Object.keys(found.data ?? {});
      throw new Error(`Secret ${secret} in ${namespace} has no key ${key}; it has ${keys.join(", ") || "none"}`);
    }
    return Buffer.from(encoded, "base64").toString();
  }

  return {
    addressOf,
    resolve: async (environment) => {
      const values: Record<string, string> = {};
      for (const [name, value] of Object.entries(environment)) {
        if (value.kind === "secret") values[name] = await secretValue(value.secret, value.key);
        if (value.kind === "service") {
          const { scheme } = value.address;
          const at = hostPort(await addressOf(value.address));
          values[name] = scheme === null ? at : `${scheme}://${at}`;
        }
      }
      return values;
    },
    close: async () => {
      for (const endpoint of dialled.values()) await endpoint.then((one) => one.close()).catch(() => undefined);
    },
  };
}
