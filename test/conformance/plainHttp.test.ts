import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { certificateFor } from "../support/certificate.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

/* Administration in plain HTTP, where clients look for that of an emulator. */

const NAMES = ["localhost", "127.0.0.1", "::1"];

let bus: TestBus;
let authority: string;

beforeAll(async () => {
  const { certificate, key, ...made } = await certificateFor(NAMES);
  authority = made.authority;
  bus = await startTestBus({ httpPort: 0, tls: { cert: certificate, key } });
});

afterAll(() => bus.close());

const plain = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${bus.httpPort ?? 0}${path}`, init);

it("says on /health, without a token, that it is well", async () => {
  const response = await plain("/health");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "healthy" });
});

it("administers with a token, and leads back to where it was asked", async () => {
  const refused = await plain("/orders?api-version=2021-05");
  expect(refused.status).toBe(401);
  const response = await plain("/orders?api-version=2021-05", { headers: { authorization: bus.token("/orders") } });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(`<id>http://127.0.0.1:${bus.httpPort ?? 0}/orders?api-version=2021-05</id>`);
});

it("tells who speaks plain HTTP to the port for HTTPS what is wrong", async () => {
  const response = await fetch(`http://127.0.0.1:${bus.httpsPort}/orders`);
  expect(response.status).toBe(400);
  expect(await response.text()).toMatch(/^This port speaks HTTPS/);
});

it.each(["localhost", "127.0.0.1"])("has a certificate that is good for %s", async (host) => {
  const socket = connectTls({ host, port: bus.httpsPort, ca: authority, servername: host === "localhost" ? host : "" });
  await once(socket, "secureConnect");
  expect(socket.authorized).toBe(true);
  expect(socket.getPeerX509Certificate()?.checkIP("::1")).toBe("::1");
  socket.destroy();
});
