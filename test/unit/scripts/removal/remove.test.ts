import { removeFrom } from "../../../../scripts/removal/remove.ts";
import { CommandError } from "../../../../scripts/process/command.ts";

const NAMESPACE = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "orders-dev", labels: { app: "ownsignal" } },
};
const FAILING = "Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1: stale GroupVersion discovery";
const CONDITIONS = [
  { type: "NamespaceDeletionDiscoveryFailure", status: "True", message: FAILING },
  { type: "NamespaceContentRemaining", status: "False", message: "All content successfully removed" },
];

/** A cluster of which only the namespace is left, which is never gone. */
function kubectl(args: readonly string[]): Promise<string> {
  const [verb, kinds] = args;
  if (verb === "api-resources") return Promise.resolve("namespaces\n");
  if (verb === "delete") {
    return Promise.reject(new CommandError(["kubectl", ...args], 1, "error: timed out waiting for the condition"));
  }
  if (args.includes("-f")) return Promise.resolve(JSON.stringify({ ...NAMESPACE, status: { conditions: CONDITIONS } }));
  const isAsked = kinds === "namespaces" && args.length === 5;
  return Promise.resolve(isAsked ? JSON.stringify({ items: [NAMESPACE] }) : "");
}

test("a removal that takes too long says what is left and what holds it, without a stack", async () => {
  await expect(removeFrom({ kubectl }, true)).rejects.toMatchObject({
    name: "CliError",
    message: `not everything was gone after 180 s:\n  Namespace orders-dev: ${FAILING}`,
  });
});
