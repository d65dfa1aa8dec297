import { entry } from "./entry.ts";
import { prepare } from "./prepare.ts";
import { say } from "./progress.ts";

await entry(async () => {
  const { cluster } = await prepare();
  say("\nThe cluster is ready. Point kubectl at it:");
  process.stdout.write(`${cluster.shellLine}\n`);
  say("then deploy: kubectl apply -k kustomize/overlays/dev");
  return 0;
});
