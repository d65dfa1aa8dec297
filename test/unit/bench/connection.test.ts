import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { httpRequest, openConnection, type HttpConnection } from "../../../bench/services/connection.ts";

let server: Server;
let connection: HttpConnection;
let client: Socket;

beforeEach(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  connection = await openConnection((server.address() as AddressInfo).port);
  [client] = await accepted;
});
afterEach(() => {
  connection.close();
  client.destroy();
  server.close();
});

it("an answer counts when all of it has come, however it was cut", async () => {
  const answered = connection.send(httpRequest("GET", "/"));
  client.write("HTTP/1.1 202 Acc");
  client.write("epted\r\nContent-Length: 2\r\n\r\n{");
  const early = await Promise.race([answered, new Promise((resolve) => setImmediate(resolve))]);
  expect(early).toBeUndefined();
  client.write("}");
  expect(await answered).toBe(202);
});

it("a connection that ends fails the request under way", async () => {
  const answered = connection.send(httpRequest("GET", "/"));
  client.end();
  await expect(answered).rejects.toThrow("the server closed the connection");
});

it("a request has its body's type and length in bytes", () => {
  expect(httpRequest("POST", "/orders", { name: "é" }).toString()).toBe(
    'POST /orders HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"name":"é"}',
  );
});
