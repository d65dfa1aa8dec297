import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { declaredHolds, holdsOf } from "../../../loadtest/k6/lib/profiles.ts";
import { parseSummary } from "../../../loadtest/engine/loads/k6Summary.ts";
import { BODY_LIMIT_BYTES, readJson } from "../../../src/api/requestBody.ts";
import { orderRequest } from "../../../src/shared/order.ts";

const SCRIPT = join(import.meta.dirname, "../../../loadtest/k6/api-memory.ts");
const HELD = { atATime: 4, holdSeconds: 1, rampSeconds: 1, seconds: 2 };

test("each holder's requests come one after the other, and end within the load", () => {
  expect(holdsOf(0, { atATime: 10, holdSeconds: 7, rampSeconds: 40, seconds: 90 })).toEqual([
    0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80,
  ]);
  expect(holdsOf(5, { atATime: 10, holdSeconds: 7, rampSeconds: 40, seconds: 50 })).toEqual([20, 28, 36]);
  expect(declaredHolds(HELD)).toBe(4);
});

describe("the load", () => {
  let directory: string;
  let server: Server;
  let answer: (request: IncomingMessage) => Promise<number>;
  /** The most requests that were under way at a time. */
  let most: number;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "ownsignal-held-"));
    let underWay = 0;
    most = 0;
    server = createServer((request, response) => {
      most = Math.max(most, ++underWay);
      void answer(request).then((status) => {
        underWay--;
        response.writeHead(status).end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function load(port = (server.address() as AddressInfo).port): Promise<{ exitCode: number; log: string }> {
    const child = spawn(process.execPath, [SCRIPT], {
      env: {
        API_URL: `http://127.0.0.1:${port}`,
        HELD_REQUESTS: String(HELD.atATime),
        HOLD_SECONDS: String(HELD.holdSeconds),
        RAMP_SECONDS: String(HELD.rampSeconds),
        LOAD_SECONDS: String(HELD.seconds),
        SUMMARY_FILE: join(directory, "summary.json"),
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (log += chunk));
    const [exitCode] = (await once(child, "close")) as [number];
    return { exitCode, log };
  }

  test("holds requests of the API's largest size together, none of which is an order", async () => {
    let bodies = 0;
    answer = async (request) => {
      expect(Number(request.headers["content-length"])).toBe(BODY_LIMIT_BYTES);
      const body = await readJson(request);
      bodies++;
      return orderRequest.safeParse(body).success ? 202 : 400;
    };
    expect(await load()).toEqual({ exitCode: 0, log: "" });
    expect(bodies).toBe(declaredHolds(HELD));
    // They come over a second and each is held for one.
    expect(most).toBeGreaterThanOrEqual(3);
    const counts = parseSummary(await readFile(join(directory, "summary.json"), "utf8"));
    expect(counts).toMatchObject({
      requests: 4,
      iterations: 4,
      failedRequests: 0,
      latencyMs: expect.anything() as object,
    });
  });

  test("counts every other answer as a failure, with how often it came", async () => {
    answer = async (request) => {
      await readJson(request);
      return 503;
    };
    const { exitCode, log } = await load();
    expect(exitCode).toBe(99);
    expect(log).toContain("4 times: HTTP/1.1 503");
    expect(parseSummary(await readFile(join(directory, "summary.json"), "utf8")).failedRequests).toBe(4);
  });

  test("stops where nothing answers", async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    const { exitCode, log } = await load(port);
    expect(exitCode).toBe(108);
    expect(log).toContain(`nothing answers at http://127.0.0.1:${port}/`);
  });
});
