import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import rhea, { type EventContext, type Sender } from "rhea";
import { MESSAGE_BYTES } from "./jobs.ts";

/**
 * What the libraries alone can do: rhea that accepts whatever comes and sends a made message for every credit, and an HTTPS server that
 * reads and answers 201. No storage, no queue, no check of tokens. Prints a line like the emulator's when it listens.
 */
const LOCK_MS = 5 * 60_000;

const container = rhea.create_container({ id: "bare" });

const canned = rhea.message.encode({
  message_id: "a message",
  header: { delivery_count: 0 },
  message_annotations: {
    "x-opt-locked-until": rhea.types.wrap_timestamp(Date.now() + LOCK_MS),
    "x-opt-sequence-number": rhea.types.wrap_long(1),
    "x-opt-enqueued-time": rhea.types.wrap_timestamp(Date.now()),
  },
  body: rhea.message.data_section(Buffer.alloc(MESSAGE_BYTES, "x")) as unknown,
});

/** Not in rhea's typings. */
const accepted = (rhea.message as unknown as { accepted(): { described(): object } }).accepted();

container.on("receiver_open", ({ receiver }: EventContext) => {
  if (receiver === undefined) return;
  receiver.set_target({ address: receiver.target.address });
  if (receiver.target.address !== "$cbs") return;
  receiver.on("message", ({ message, receiver: link }: EventContext) => {
    link?.session.each_sender(
      (sender: Sender) => {
        sender.send({
          correlation_id: message?.message_id ?? "",
          application_properties: { "status-code": rhea.types.wrap_int(202), "status-description": "Accepted" },
          body: undefined,
        });
      },
      () => true,
    );
  });
});
container.on("sender_open", ({ sender }: EventContext) => {
  if (sender === undefined) return;
  sender.set_source({ address: sender.source.address });
  if (sender.source.address === "$cbs") return;
  const link = sender;
  function pump(): void {
    while (link.sendable()) link.send(canned, randomBytes(16), 0);
  }
  link.on("sendable", pump);
  link.on("accepted", ({ delivery }: EventContext) => {
    if (delivery === undefined) return;
    delivery.update(true, accepted.described());
    // Otherwise the session ends at 2,048 deliveries.
    (delivery as { remote_settled: boolean }).remote_settled = true;
  });
});
for (const event of [
  "error",
  "protocol_error",
  "connection_error",
  "session_error",
  "sender_error",
  "receiver_error",
]) {
  container.on(event, () => undefined);
}

const amqp = container.listen({ port: 0, host: "127.0.0.1", ...{ tcp_no_delay: true } });
await once(amqp, "listening");

const [certFile, keyFile] = [process.env.EMULATOR_TLS_CERT_FILE ?? "", process.env.EMULATOR_TLS_KEY_FILE ?? ""];
const https = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
  request.resume().on("end", () => {
    response.writeHead(request.method === "POST" ? 201 : 200, { "content-length": 0 }).end();
  });
});
https.listen(0);
await once(https, "listening");

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
process.stdout.write(
  `${JSON.stringify({ msg: "started", amqpPort: portOf(amqp), httpsPort: portOf(https), metricsPort: 0 })}\n`,
);
