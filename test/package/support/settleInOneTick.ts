import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Delivery, EventContext } from "rhea";

/*
 * Run with the path of a module that exports a `rhea`: a server of it settles three messages in one tick, the second in another way than the first, and the outcomes
 * that the client gets are printed. Without the patch of docs/decisions/0001-patch-rhea.md the second comes as the first.
 */
const { rhea } = (await import(process.argv[2] ?? "")) as { rhea: typeof import("rhea") };

const COUNT = 3;
const server = rhea.create_container({ autoaccept: false });
const listener = server.listen({ port: 0, host: "127.0.0.1" });
await once(listener, "listening");
server.on("receiver_open", ({ receiver }: EventContext) => {
  receiver?.set_target({ address: "any" });
  receiver?.add_credit(COUNT);
});
const deliveries: Delivery[] = [];
server.on("message", ({ delivery }: EventContext) => {
  if (delivery !== undefined) deliveries.push(delivery);
  const [first, second, third] = deliveries;
  if (third === undefined) return;
  first?.reject({ condition: "test:bad" });
  second?.accept();
  third.release({ delivery_failed: false });
});

const connection = rhea.create_container().connect({
  port: (listener.address() as AddressInfo).port,
  host: "127.0.0.1",
  reconnect: false,
});
const sender = connection.open_sender({ target: "any", autosettle: true });
const outcomes = new Map<number, string>();
for (const outcome of ["accepted", "rejected", "released"] as const) {
  sender.on(outcome, ({ delivery }: EventContext) => {
    outcomes.set(delivery?.id ?? -1, outcome);
    if (outcomes.size < COUNT) return;
    process.stdout.write(
      [...outcomes]
        .sort(([a], [b]) => a - b)
        .map(([, each]) => each)
        .join(" "),
    );
    connection.close();
    listener.close();
  });
}
await once(sender, "sendable");
for (let index = 0; index < COUNT; index += 1) sender.send({ body: index });
