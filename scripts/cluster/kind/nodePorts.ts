import type { Endpoint } from "../../../loadtest/model/endpoint.ts";
import type { Execute } from "../../process/command.ts";
import { NODE } from "./clusterConfig.ts";

/**
 * Where Docker publishes a node port on this machine; undefined where the Service has none.
 * @param kubectl runs it against the cluster.
 */
export async function publishedNodePort(
  execute: Execute,
  kubectl: (args: readonly string[]) => Promise<string>,
  { namespace, service, port }: { namespace: string; service: string; port: number },
): Promise<Endpoint | undefined> {
  const nodePort = await kubectl([
    ...["-n", namespace, "get", "service", service],
    ...["-o", `jsonpath={.spec.ports[?(@.port==${port})].nodePort}`],
  ]);
  if (nodePort.trim() === "") return undefined;
  // One line for each address that it is published on, of which there is one.
  const published = (await execute("docker", ["port", NODE, `${nodePort.trim()}/tcp`])).split("\n")[0] ?? "";
  const [, host, hostPort] = /^(.+):(\d+)$/.exec(published.trim()) ?? [];
  if (host === undefined) return undefined;
  return { host, port: Number(hostPort), close: () => Promise.resolve() };
}
