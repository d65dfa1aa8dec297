import type { Cluster } from "./provider.ts";

/**
 * Applies objects by server-side apply, which has no limit of size as the annotation of a client-side apply has.
 * @param objects or a stream of YAML documents.
 * @param options.forceConflicts whether to take over fields that others set.
 */
export async function applyServerSide(
  kubectl: Cluster["kubectl"],
  objects: string | readonly object[],
  { forceConflicts = true }: { forceConflicts?: boolean } = {},
): Promise<void> {
  const input =
    typeof objects === "string" ? objects : JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  await kubectl(["apply", "--server-side", ...(forceConflicts ? ["--force-conflicts"] : []), "-f", "-"], input);
}
