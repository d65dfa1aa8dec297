import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";

/** Who this process is to Azure: in a cluster its workload's identity, on a laptop who is signed in. */
export function createCredential(): TokenCredential {
  return new DefaultAzureCredential();
}
