import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { frameCutter, shapeOf, withLockTokens, withToken, type Step } from "./conversation.ts";
import { eventually, type TestBus } from "./testBus.ts";

interface Connection {
  readonly socket: Socket;
  /** Shapes of what the emulator said. */
  readonly answers: string[];
  /** Of its deliveries, in their order. */
  readonly deliveryTags: string[];
}

/**
 * Says what a client said, each part once the emulator has said what it had said before that part. Answers with all that the emulator said, the number of
 * its connection before each.
 * @throws when the emulator does not say something of the kind that it said then.
 */
export async function replay(bus: TestBus, steps: readonly Step[]): Promise<string[]> {
  const connections = new Map<number, Connection>();
  const token = bus.token("/");
  const heard = new Map<string, number>();
  const tags = new Map<string, string>();
  let recordedTags = 0;
  try {
    for (const step of steps) {
      const { connection: number } = step;
      const connection = connections.get(number) ?? (await open(bus.amqpPort));
      connections.set(number, connection);
      if ("client" in step) {
        connection.socket.write(withLockTokens(withToken(Buffer.from(step.client, "hex"), token), tags));
        continue;
      }
      const kind = kindOf(step.emulator);
      const key = `${number} ${kind}`;
      const count = (heard.get(key) ?? 0) + 1;
      heard.set(key, count);
      await eventually(
        `connection ${number}: ${kind} number ${count}, as "${step.emulator}"`,
        () => connection.answers.filter((answer) => kindOf(answer) === kind).length >= count,
      );
      if (step.deliveryTag === undefined) continue;
      const now = [...connections.values()].flatMap(({ deliveryTags }) => deliveryTags)[recordedTags++];
      if (now !== undefined) tags.set(step.deliveryTag, now);
    }
    return [...connections].flatMap(([number, { answers }]) => answers.map((answer) => `${number} ${answer}`));
  } finally {
    for (const { socket } of connections.values()) socket.destroy();
  }
}

async function open(port: number): Promise<Connection> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const answers: string[] = [];
  const deliveryTags: string[] = [];
  socket.on("error", () => undefined);
  socket.on(
    "data",
    frameCutter((part) => {
      const shape = shapeOf(part);
      if (shape === undefined) return;
      answers.push(shape.emulator);
      if (shape.deliveryTag !== undefined) deliveryTags.push(shape.deliveryTag);
    }),
  );
  return { socket, answers, deliveryTags };
}

function kindOf(shape: string): string {
  return shape.split(" ", 1)[0] ?? "";
}
