import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { startApiDependencies, type ApiDependencies } from "./support/api.ts";
import { startBalancer, type Balancer } from "./support/balancer.ts";
import { eventually } from "../support/eventually.ts";
import { acceptedOrder, order } from "../support/orders.ts";
import type { TestService } from "../support/service.ts";

/** How long endpoints go on sending new connections to a pod that is not ready any more. */
const ENDPOINTS_LAG_MS = 300;
const DRAIN_DELAY_MS = "1000";

let dependencies: ApiDependencies;
let balancer: Balancer;

beforeAll(async () => {
  dependencies = await startApiDependencies();
  balancer = dependencies.resources.add(await startBalancer());
});

afterAll(() => dependencies.resources.close());

/** One client that sends request after request and never repeats one: whatever fails is a request that was dropped. */
interface Load {
  readonly accepted: string[];
  readonly failures: unknown[];
  stop(): Promise<void>;
}

function startLoad(): Load {
  const accepted: string[] = [];
  const failures: unknown[] = [];
  let going = true;

  async function client(agent: Agent, pauseMs: number): Promise<void> {
    while (going) {
      try {
        accepted.push(await place(agent));
      } catch (error) {
        failures.push(error);
      }
      await delay(pauseMs);
    }
    agent.destroy();
  }

  const clients = [
    // Busy and less busy connections that stay, and such as are made for each request.
    ...Array.from({ length: 6 }, () => client(new Agent({ keepAlive: true, maxSockets: 1 }), 0)),
    ...Array.from({ length: 6 }, (_, index) => client(new Agent({ keepAlive: true, maxSockets: 1 }), 40 * index)),
    ...Array.from({ length: 4 }, () => client(new Agent({ keepAlive: false }), 10)),
  ];
  return {
    accepted,
    failures,
    stop: async () => {
      going = false;
      await Promise.all(clients);
    },
  };
}

/** Places an order over the balancer; its confirmation id. */
function place(agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(`${balancer.url}/api/v1/orders`, {
      agent,
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      text(response).then((body) => {
        if (response.statusCode === 202) resolve((JSON.parse(body) as { confirmationId: string }).confirmationId);
        else reject(new Error(`${response.statusCode ?? 0}: ${body}`));
      }, reject);
    });
    sent.end(JSON.stringify(order));
  });
}

async function startReplica(): Promise<TestService> {
  const replica = await dependencies.startApi({ DRAIN_DELAY_MS });
  balancer.add(replica.url);
  return replica;
}

/** As Kubernetes ends a pod: it is signalled and removed from the endpoints at the same time, which clients observe a little later. */
async function terminate(replica: TestService): Promise<void> {
  replica.signal("SIGTERM");
  await eventually("it is not ready", async () => !(await replica.isReady()));
  await delay(ENDPOINTS_LAG_MS);
  balancer.remove(replica.url);
  expect(await replica.exited).toBe(0);
}

test("a rolling update under load drops no request", async () => {
  let current = await startReplica();
  const load = startLoad();
  await eventually("orders flow", () => load.accepted.length > 50);
  for (let revision = 0; revision < 2; revision++) {
    const next = await startReplica();
    await terminate(current);
    current = next;
    const before = load.accepted.length;
    await eventually("orders still flow", () => load.accepted.length > before + 50);
  }
  await load.stop();
  expect(load.failures).toEqual([]);
  const queued = (await dependencies.emulator.takeActive()).map(({ messageId }) => messageId);
  expect(new Set(queued)).toEqual(new Set(load.accepted));
});

test("idle connections do not delay the shutdown", async () => {
  const replica = await startReplica();
  const agent = new Agent({ keepAlive: true });
  await place(agent);
  const started = performance.now();
  await terminate(replica);
  expect(performance.now() - started).toBeLessThan(Number(DRAIN_DELAY_MS) + 4_000);
  agent.destroy();
});

test("a broker and a Redis that hang do not delay the shutdown", async () => {
  const replica = await dependencies.startApi({ DRAIN_DELAY_MS: "0" });
  await acceptedOrder(replica.url);
  dependencies.emulator.pause();
  dependencies.redis.pause();
  const answer = acceptedOrder(replica.url).catch((error: unknown) => String(error));
  await eventually("it waits", async () => (await replica.metric("orders_waiting")) === 1);
  const started = performance.now();
  expect(await replica.end()).toBe(0);
  expect(performance.now() - started).toBeLessThan(10_000);
  // What was in flight had its answer.
  expect(await answer).toContain("503");
  dependencies.emulator.resume();
  dependencies.redis.resume();
});
