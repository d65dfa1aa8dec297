import type { Random } from "../../support/seed.ts";
import {
  AMQP_HEADER,
  binary,
  boolean,
  described,
  EMPTY_LIST,
  frame,
  list,
  map,
  NULL,
  performative,
  PERFORMATIVES,
  SASL_HEADER,
  symbol,
  text,
  uint,
  type FrameHead,
} from "./amqpBytes.ts";
import { ABSURD_NUMBERS, bomb, value, VICTIM } from "./amqpValues.ts";

type PerformativeName = keyof typeof PERFORMATIVES;
const NAMES = Object.keys(PERFORMATIVES) as PerformativeName[];

const BATCH_FORMAT = 0x8001_3700;

/** Up to where a connection is in order before it goes astray. */
const STAGES = ["nothing", "sasl", "open", "begin", "links"] as const;

/** What a client does on one connection: well made up to some point, and then anything. @param token lets the links open. */
export function amqpCase(random: Random, token: string): Buffer {
  const wild = Array.from({ length: random.between(0, 15) }, () => wrongFrame(random));
  if (random.chance(0.3)) return Buffer.concat([...preamble(random.pick(STAGES), token), ...wild]);
  // A frame that is right around something that is wrong gets further than one that is wrong itself. The token was delivery 0.
  const framed = Array.from({ length: random.between(1, 15) }, (_, index) => rightFrame(random, index + 1));
  return Buffer.concat([...preamble("links", token), ...framed, ...wild]);
}

function rightFrame(random: Random, deliveryId: number): Buffer {
  const [sender, requests] = [2, 4];
  const makers = [
    () => transfer(sender, deliveryId, wrongMessage(random), random.pick([0, 0, BATCH_FORMAT])),
    () => transfer(sender, deliveryId, described(0x75, binary(random.bytes(random.below(300))))),
    () => transfer(requests, deliveryId, managementRequest(random)),
    () => transfer(requests, deliveryId, managementRequest(random)),
  ];
  return random.pick(makers)();
}

/** The way to a stage, as a client goes it that waits for no answer. */
export function preamble(stage: (typeof STAGES)[number], token: string): Buffer[] {
  const parts: Buffer[] = [];
  const reached = STAGES.indexOf(stage);
  if (reached >= 1) {
    parts.push(SASL_HEADER, frame(described(0x41, list([symbol("ANONYMOUS"), NULL, NULL])), { type: 1 }));
    parts.push(AMQP_HEADER);
  }
  if (reached >= 2) parts.push(performative("open", [text("fuzz"), text("localhost"), uint(65_536), uint(255)]));
  if (reached >= 3) parts.push(performative("begin", [NULL, uint(0), uint(2_048), uint(2_048), uint(0xffff)]));
  if (reached >= 4) {
    parts.push(attach("cbs-requests", 0, false, "$cbs"), attach("cbs-replies", 1, true, "$cbs"));
    parts.push(transfer(0, 0, putToken(token)));
    parts.push(attach("sender", 2, false, VICTIM), attach("receiver", 3, true, VICTIM));
    parts.push(
      attach("requests", 4, false, `${VICTIM}/$management`),
      attach("replies", 5, true, `${VICTIM}/$management`),
    );
    parts.push(performative("flow", [uint(0), uint(2_048), uint(1), uint(2_048), uint(3), uint(0), uint(10)]));
  }
  return parts;
}

function attach(name: string, handle: number, receives: boolean, address: string): Buffer {
  const end = (code: number): Buffer => described(code, list([text(address)]));
  return performative("attach", [
    text(name),
    uint(handle),
    boolean(receives),
    NULL,
    NULL,
    end(0x28),
    end(0x29),
    NULL,
    NULL,
    uint(0),
  ]);
}

function transfer(handle: number, deliveryId: number, payload: Buffer, format = 0): Buffer {
  const tag = binary(Buffer.from([deliveryId & 0xff]));
  return performative("transfer", [uint(handle), uint(deliveryId), tag, uint(format), boolean(false)], { payload });
}

function putToken(token: string): Buffer {
  const properties = described(0x73, list([text("1"), NULL, NULL, NULL, text("cbs-replies")]));
  const application = described(
    0x74,
    map(
      [
        ["operation", "put-token"],
        ["name", `sb://localhost/${VICTIM}`],
        ["type", "servicebus.windows.net:sastoken"],
      ].flatMap(([key = "", value = ""]) => [text(key), text(value)]),
    ),
  );
  return Buffer.concat([properties, application, described(0x77, text(token))]);
}

function wrongFrame(random: Random): Buffer {
  const makers = [
    () => performative(random.pick(NAMES), fields(random), wrongHead(random)),
    () =>
      transfer(
        random.between(0, 6),
        random.pick(ABSURD_NUMBERS),
        wrongMessage(random),
        random.pick([0, 0, BATCH_FORMAT, 1]),
      ),
    () => transfer(4, random.below(100), managementRequest(random)),
    () => transfer(2, random.below(1_000), described(0x75, binary(random.bytes(random.below(300))))),
    () => flow(random),
    () => disposition(random),
    () => openAttaches(random),
    () => frame(described(random.below(256), value(random, 3)), wrongHead(random)),
    () => frame(random.bytes(random.below(200)), wrongHead(random)),
    () => frame(bomb(random), wrongHead(random)),
    () =>
      performative("open", [
        text("x"),
        NULL,
        uint(random.pick(ABSURD_NUMBERS)),
        uint(random.pick(ABSURD_NUMBERS)),
        uint(random.pick([0, 1, 2, 60_000])),
      ]),
    () => frame(Buffer.alloc(0)),
    () =>
      random.pick([SASL_HEADER, AMQP_HEADER, Buffer.from("GET / HTTP/1.1\r\n\r\n"), random.bytes(random.below(64))]),
    () => frame(described(random.between(0x40, 0x44), list(fields(random))), { type: 1 }),
  ];
  return random.pick(makers)();
}

function wrongHead(random: Random): FrameHead {
  if (random.chance(0.7)) return { channel: random.pick([0, 0, 0, 1, 65_535]) };
  return {
    channel: random.below(65_536),
    type: random.pick([0, 1, 2, 255]),
    dataOffset: random.pick([0, 1, 2, 3, 255]),
    ...(random.chance(0.4) ? { sizeBytes: random.pick([...ABSURD_NUMBERS, 4, 7, 8, 9]) } : {}),
  };
}

function fields(random: Random): Buffer[] {
  return Array.from({ length: random.below(14) }, () => value(random, 2));
}

function flow(random: Random): Buffer {
  const number = (): Buffer => (random.chance(0.3) ? uint(random.below(10)) : uint(random.pick(ABSURD_NUMBERS)));
  const handle = random.chance(0.2) ? NULL : uint(random.between(0, 7));
  const flags = [boolean(random.chance(0.3)), boolean(random.chance(0.5))];
  return performative("flow", [number(), number(), number(), number(), handle, number(), number(), number(), ...flags]);
}

/** Ranges that nobody can walk along, and outcomes of every kind. */
function disposition(random: Random): Buffer {
  const outcome = described(random.between(0x23, 0x28), random.chance(0.5) ? EMPTY_LIST : list(fields(random)));
  const state = random.chance(0.2) ? described(0x34, list([binary(random.bytes(4)), outcome])) : outcome;
  return performative("disposition", [
    boolean(random.chance(0.8)),
    uint(random.pick(ABSURD_NUMBERS)),
    uint(random.pick(ABSURD_NUMBERS)),
    boolean(random.chance(0.5)),
    state,
  ]);
}

function openAttaches(random: Random): Buffer {
  const count = random.chance(0.1) ? 300 : random.between(1, 5);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      attach(
        random.pick(["sender", "receiver", `link-${index}`]),
        random.chance(0.5) ? index : random.pick(ABSURD_NUMBERS),
        random.chance(0.5),
        random.pick([
          VICTIM,
          "$cbs",
          `${VICTIM}/$DeadLetterQueue`,
          `${VICTIM}/$management`,
          "",
          "no/such",
          "x".repeat(5_000),
        ]),
      ),
    ),
  );
}

function managementRequest(random: Random): Buffer {
  const operation = random.pick([
    "renew-lock",
    "peek-message",
    "schedule-message",
    "cancel-scheduled-message",
    "receive-by-sequence-number",
    "update-disposition",
    "get-message-sessions",
    "",
  ]);
  const key = (): Buffer =>
    text(
      random.pick([
        "lock-tokens",
        "from-sequence-number",
        "message-count",
        "messages",
        "message-id",
        "sequence-numbers",
        "receiver-settle-mode",
        "disposition-status",
        "properties-to-modify",
      ]),
    );
  const properties = described(
    0x73,
    list([random.chance(0.8) ? text("1") : value(random, 1), NULL, NULL, NULL, text("replies")]),
  );
  const application = described(0x74, map([text("operation"), text(`com.microsoft:${operation}`)]));
  const entries = Array.from({ length: random.below(5) }, () => [key(), value(random, 3)]).flat();
  const body = random.chance(0.8) ? map(entries) : value(random, 3);
  return Buffer.concat([properties, application, described(0x77, body)]);
}

function wrongMessage(random: Random): Buffer {
  const sections = Array.from({ length: random.below(5) }, () =>
    described(
      random.chance(0.9) ? random.between(0x70, 0x78) : random.below(256),
      random.chance(0.3) ? bomb(random) : value(random, 4),
    ),
  );
  return Buffer.concat(sections);
}
