import { killContainer, type PodSeen, type SendKill } from "../../../../scripts/cluster/killContainer.ts";
import { killOnNode } from "../../../../scripts/cluster/kind/kind.ts";

type State = NonNullable<NonNullable<NonNullable<PodSeen["status"]>["containerStatuses"]>[number]["state"]>;

const NAME = { namespace: "orders-dev", pod: "worker-1", container: "worker" };

function pod(id: string, state: State, lastState: State = {}): PodSeen {
  const containerStatuses = [{ name: "worker", containerID: `containerd://${id}`, state, lastState }];
  return { spec: { nodeName: "node-1" }, status: { containerStatuses } };
}
const running = { running: {} };
const ended = (exitCode: number, id = "one"): State => ({
  terminated: { exitCode, containerID: `containerd://${id}`, reason: "Error" },
});

/** The pods in the order in which they are read; the last one for good. */
function reads(...pods: PodSeen[]): () => Promise<PodSeen> {
  let next = 0;
  return () => Promise.resolve(pods[Math.min(next++, pods.length - 1)] ?? {});
}

test("killing resolves when the API server reports that this container ended by SIGKILL", async () => {
  const sent: unknown[] = [];
  const send: SendKill = (container) => {
    sent.push(container);
    return Promise.resolve();
  };
  // It had failed once before; it was killed, and its successor runs.
  const before = pod("one", running, ended(1, "zero"));
  await killContainer(reads(before, before, pod("two", running, ended(137))), NAME, send);
  expect(sent).toEqual([{ ...NAME, id: "one", node: "node-1" }]);
});

test("killing rejects when the container exited by itself", async () => {
  await expect(
    killContainer(reads(pod("one", running), pod("one", ended(0))), NAME, () => Promise.resolve()),
  ).rejects.toThrow("container worker of pod worker-1 in orders-dev was to end by SIGKILL (137) and ended with 0");
});

test("killing rejects when the container does not run", async () => {
  let sent = 0;
  const send: SendKill = () => {
    sent++;
    return Promise.resolve();
  };
  await expect(killContainer(reads(pod("one", {})), NAME, send)).rejects.toThrow("does not run");
  expect(sent).toBe(0);
});

test("on kind the container is killed by the node's containerd", async () => {
  const commands: string[] = [];
  const execute = (command: string, args: readonly string[]): Promise<string> => {
    commands.push([command, ...args].join(" "));
    return Promise.resolve("");
  };
  await killOnNode({ execute })({ ...NAME, id: "one", node: "ownsignal-control-plane" });
  expect(commands).toEqual([
    "docker exec ownsignal-control-plane ctr --namespace k8s.io tasks kill --signal SIGKILL one",
  ]);
});
