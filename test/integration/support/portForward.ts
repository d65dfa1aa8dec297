import { once } from "node:events";
import { KubeConfig } from "@kubernetes/client-node";
import { forwardToPod } from "../../../scripts/cluster/portForward.ts";

/** Forwards to a pod of the API server at argument 1 and prints the port; closes the port-forward on SIGTERM, and ends when nothing of it is left. */
const kubeConfig = new KubeConfig();
kubeConfig.loadFromClusterAndUser(
  // The library speaks plain HTTP only so.
  { name: "test", server: process.argv[2] ?? "", skipTLSVerify: true },
  { name: "test" },
);
const keepsRunning = setInterval(() => undefined, 60_000);
const forward = await forwardToPod(kubeConfig, { namespace: "orders-dev", pod: "api-1", port: 8080 });
process.stdout.write(`${forward.port}\n`);
await once(process, "SIGTERM");
clearInterval(keepsRunning);
await forward.close();
