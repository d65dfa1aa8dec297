import * as z from "zod";
import { CommandError } from "../process/command.ts";

/** The cluster, as far as this needs it: kubectl with its arguments and standard input. */
export interface Asked {
  kubectl: (args: readonly string[], input?: string) => Promise<string>;
}

const objectList = z.object({
  items: z.array(
    z.object({
      apiVersion: z.string(),
      kind: z.string(),
      metadata: z.object({
        name: z.string(),
        namespace: z.string().optional(),
        labels: z.record(z.string(), z.string()).default({}),
        ownerReferences: z.array(z.unknown()).default([]),
        deletionTimestamp: z.string().optional(),
      }),
    }),
  ),
});

/** An object of a cluster, as far as a removal reads it. */
export type ClusterObject = z.infer<typeof objectList>["items"][number];

/** Appear and go by themselves in every namespace. */
const PASSING =
  /^(events|events\.events\.k8s\.io|endpoints|endpointslices\.discovery\.k8s\.io|pods\.metrics\.k8s\.io)$/;

/** Every kind of object that can be listed and deleted, as kubectl names it. */
export async function deletableKinds({ kubectl }: Asked, namespaced?: boolean): Promise<string[]> {
  const scope = namespaced === undefined ? [] : [`--namespaced=${namespaced}`];
  const printed = await kubectl(["api-resources", "--verbs=list,delete", "-o", "name", ...scope]).catch(
    (error: unknown) => {
      // An aggregated API that does not answer has no objects to be read; kubectl prints the other kinds, and then ends with 1.
      if (error instanceof CommandError && error.output.includes("unable to retrieve the complete list")) {
        return error.output;
      }
      throw error;
    },
  );
  return printed.split("\n").filter((line) => /^[a-z0-9.-]+$/.test(line) && !PASSING.test(line));
}

/** The objects of these kinds; `where` are kubectl's own words for which. */
export async function readObjects(
  { kubectl }: Asked,
  kinds: readonly string[],
  where: readonly string[],
): Promise<ClusterObject[]> {
  const printed = await kubectl(["get", kinds.join(","), ...where, "--ignore-not-found", "-o", "json"]);
  return printed.trim() === "" ? [] : objectList.parse(JSON.parse(printed)).items;
}

/** Such as `Deployment keda/keda-operator`. */
export function titleOf({
  kind,
  metadata: { name, namespace },
}: {
  kind: string;
  metadata: { name: string; namespace?: string | undefined };
}): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
