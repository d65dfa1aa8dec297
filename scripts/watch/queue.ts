import type { KubeConfig } from "@kubernetes/client-node";
import { reachBus } from "../../loadtest/targets/orders/serviceBus/connections.ts";
import { queueSource, readBusAccess } from "../../loadtest/targets/orders/serviceBus/queue.ts";
import type { Source } from "../../loadtest/observe/sampler.ts";
import type { QueueState } from "../../loadtest/model/observed.ts";
import type { ReachedCluster } from "../cluster/provider.ts";

/** After so many failures in a row the connection to the bus is opened anew: its address, its key or its certificate may have changed. */
const FAILURES_TO_RENEW = 5;

interface BusConnection {
  read: ReturnType<typeof queueSource>;
  close: () => Promise<void>;
}

/** The queue's counts while the live view runs: a bus that is unavailable is a gap and is tried again. */
export function watchedQueue(
  cluster: ReachedCluster,
  kubeConfig: KubeConfig,
  namespace: string,
  queue: string,
): Source<QueueState> & { close: () => Promise<void> } {
  let connection: Promise<BusConnection> | undefined;
  let failures = 0;

  async function drop(): Promise<void> {
    const dropped = connection;
    connection = undefined;
    // One that was never opened has nothing to close.
    await dropped?.then(
      ({ close }) => close(),
      () => undefined,
    );
  }

  const source: Source<QueueState> = async (signal) => {
    const current = (connection ??= open(cluster, kubeConfig, namespace, queue));
    try {
      const { read } = await current;
      const state = await read(signal);
      failures = 0;
      return state;
    } catch (error) {
      failures += 1;
      if (failures >= FAILURES_TO_RENEW && connection === current) {
        failures = 0;
        await drop();
      }
      throw error;
    }
  };
  return Object.assign(source, { close: drop });
}

async function open(
  cluster: ReachedCluster,
  kubeConfig: KubeConfig,
  namespace: string,
  queue: string,
): Promise<BusConnection> {
  const access = await readBusAccess(kubeConfig, namespace);
  const reached = await reachBus(access, access.login.port, (service, port, other = namespace) =>
    cluster.dialService(other, service, port),
  );
  const read = queueSource(access, queue, reached);
  return {
    read,
    close: async () => {
      read.close();
      await reached.close();
    },
  };
}
