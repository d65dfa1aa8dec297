import type { NodeFaults } from "../../loadtest/model/nodeFault.ts";
import type { Endpoint } from "../../loadtest/model/endpoint.ts";

/** An image as pods run it. */
export interface ProvidedImage {
  /** The name that manifests use, with registry and tag. */
  name: string;
  /** What the kubelet reports at the end of a container's `imageID`. */
  id: string;
}

/** Images that the nodes can get, and the overlay that names them. */
export interface Deployable {
  images: readonly ProvidedImage[];
  /** The folder to apply: `kustomize/overlays/dev`, or one over it where the images have other names. */
  overlay: string;
}

/** A cluster that answers, and how the scripts reach it. */
export interface Cluster {
  /** Runs kubectl against this cluster and gives back its output. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** The kubeconfig's path; undefined for kubectl's own default. */
  kubeconfig: string | undefined;
  /** Builds this checkout's images and sees to it that the nodes can get them. */
  provideImages(): Promise<Deployable>;
  /** What kustomize takes KEDA's and metrics-server's own manifests from: a folder or an address. */
  controllers: { keda: string; metricsServer: string; components: { keda: string[]; metricsServer: string[] } };
  /** Where a Service of the cluster can be dialled from this machine; `close` ends what that took. */
  dialService(namespace: string, service: string, port: number): Promise<Endpoint>;
  /** Injects faults that need root on the node; undefined where the node is not this machine. */
  node: NodeFaults | undefined;
  /** Ends a container by SIGKILL, and resolves when the cluster says that it is dead; its pod starts it anew. */
  kill(namespace: string, pod: string, container: string): Promise<void>;
  /** What `dialService` and `kill` make use of, and so need the permissions for: `create` on `pods/portforward` and on `pods/exec`. */
  access: { forwardsPorts: boolean; execsIntoPods: boolean };
  /** One line of shell that points a person's kubectl at the cluster. */
  shellLine: string;
  /** How a person deletes what is left when a command has ended, in words. */
  takeDown: string;
}

/** A cluster as far as it is only read. */
export interface ReachedCluster extends Pick<Cluster, "kubectl" | "kubeconfig" | "dialService"> {
  /** The kubeconfig's context; without it its current one. */
  context?: string;
}

/** A way to come by a cluster. */
export interface ClusterProvider {
  name: "embedded" | "existing" | "kind";
  /** Brings the cluster up, or finds it up. Can be run again at any point. */
  up(): Promise<Cluster>;
  /**
   * The cluster as it stands, without changing anything.
   * @throws {CliError} when it does not answer.
   */
  attach(): Promise<Cluster>;
  /**
   * Deletes what `up` made, and nothing else. Can be run again at any point.
   * @param options.confirmed a cluster of a person's own is only read without it.
   */
  down(options: { confirmed: boolean }): Promise<void>;
}
