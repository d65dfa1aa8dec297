import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseQueueEntry, queueSource } from "../../../loadtest/targets/orders/serviceBus/queue.ts";
import { busLogin } from "../../../loadtest/k6/lib/serviceBus.ts";
import type { ServerCertificate } from "../../../scripts/setup/certificates.ts";
import { certificateFor } from "../../support/certificate.ts";
import { emptyFeed } from "../../../src/servicebus-emulator/https/atom.ts";
import { verifyToken } from "../../../src/servicebus-emulator/access/sharedAccess.ts";

const HOST = "servicebus-emulator.orders-dev.svc.cluster.local";
const CONNECTION = `Endpoint=sb://${HOST};SharedAccessKeyName=loadtest;SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true`;
const ENTRY = `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml">
  <QueueDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
  <CountDetails xmlns:d2p1="http://schemas.microsoft.com/netservices/2011/06/servicebus">
  <d2p1:ActiveMessageCount>42</d2p1:ActiveMessageCount><d2p1:DeadLetterMessageCount>3</d2p1:DeadLetterMessageCount>
  <d2p1:TransferDeadLetterMessageCount>9</d2p1:TransferDeadLetterMessageCount></CountDetails></QueueDescription></content></entry>`;

describe("the queue's entry", () => {
  test("holds the counts, whatever the prefix", () => {
    expect(parseQueueEntry(ENTRY)).toEqual({ active: 42, deadLettered: 3 });
    expect(parseQueueEntry(ENTRY.replaceAll("d2p1:", ""))).toEqual({ active: 42, deadLettered: 3 });
  });

  test("without a count is an error, no zero", () => {
    expect(() => parseQueueEntry(ENTRY.replace(/<d2p1:ActiveMessageCount>.*?<\/d2p1:ActiveMessageCount>/, ""))).toThrow(
      "no ActiveMessageCount",
    );
    expect(() => parseQueueEntry("")).toThrow();
  });
});

describe("over HTTPS", () => {
  let server: Server;
  let certificate: ServerCertificate;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let close: (() => void) | undefined;

  beforeAll(async () => {
    certificate = await certificateFor([HOST]);
    server = createServer({ cert: certificate.certificate, key: certificate.key }, (request, response) => {
      answer(request, response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterEach(() => {
    close?.();
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function source(
    ca = certificate.authority,
    login = busLogin({ SERVICEBUS_CONNECTION_STRING: CONNECTION }),
  ): ReturnType<typeof queueSource> {
    const address = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
    const access = { login, ca };
    const made = queueSource(access, "orders", address);
    close = made.close;
    return made;
  }

  test("it dials the given address, in the bus's own name, with a token that the emulator takes", async () => {
    const seen: (string | undefined)[] = [];
    answer = ({ url, headers }, response) => {
      verifyToken(headers.authorization ?? "", [{ name: "loadtest", key: "c2VjcmV0", rights: ["Manage"] }], Date.now());
      seen.push(url, headers.host);
      response.end(ENTRY);
    };
    expect(await source()(AbortSignal.timeout(5000))).toEqual({ active: 42, deadLettered: 3 });
    expect(seen).toEqual(["/orders?api-version=2021-05", HOST]);
  });

  test("a queue that is not there is absent, every other answer an error", async () => {
    answer = (_request, response) => response.writeHead(404).end();
    expect(await source()(AbortSignal.timeout(5000))).toBeUndefined();
    answer = (_request, response) => response.end(emptyFeed(0));
    expect(await source()(AbortSignal.timeout(5000))).toBeUndefined();
    answer = (_request, response) => response.writeHead(401).end("InvalidSignature");
    await expect(source()(AbortSignal.timeout(5000))).rejects.toThrow("answered 401: InvalidSignature");
  });

  test("a bus whose certificate another authority signed is not talked to", async () => {
    const asked: string[] = [];
    answer = ({ url }, response) => {
      asked.push(url ?? "");
      response.end(ENTRY);
    };
    const other = await certificateFor([HOST]);
    await expect(source(other.authority)(AbortSignal.timeout(5000))).rejects.toThrow();
    expect(asked).toEqual([]);
  });

  test("a bus that hangs is left when the signal says so", async () => {
    answer = () => undefined;
    const abort = new AbortController();
    const asked = source()(abort.signal);
    abort.abort(new Error("late"));
    await expect(asked).rejects.toThrow();
  });
});
