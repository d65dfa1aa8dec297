// Works whenever the queue holds something, as an API does that has the worker's loop in its own process: its CPU then follows the queue.
import { createHmac } from "node:crypto";

const ASK_EVERY_MS = 500;
const WORK_MS = 50;
const PAUSE_MS = 50;

const text = process.env.MUTANT_CONNECTION_STRING;
if (text === undefined) throw new Error("this mutant wants MUTANT_CONNECTION_STRING, of a key with Manage rights");
const field = (name) => {
  const value = new RegExp(`(?:^|;)${name}=([^;]+)`).exec(text)?.[1];
  if (value === undefined) throw new Error(`this mutant's connection string has no ${name}`);
  return value;
};
const address = `${field("Endpoint").replace(/^sb:/, "https:").replace(/\/$/, "")}/${process.env.SERVICEBUS_QUEUE ?? "orders"}`;

function token() {
  const scope = encodeURIComponent(address);
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const signature = createHmac("sha256", field("SharedAccessKey")).update(`${scope}\n${expires}`).digest("base64");
  return `SharedAccessSignature sr=${scope}&sig=${encodeURIComponent(signature)}&se=${expires}&skn=${field("SharedAccessKeyName")}`;
}

async function ask() {
  const answer = await fetch(`${address}?api-version=2021-05`, { headers: { authorization: token() } });
  const count = /ActiveMessageCount[^>]*>(\d+)</.exec(await answer.text())?.[1];
  if (count === undefined) throw new Error(`the bus said ${answer.status} and no ActiveMessageCount`);
  return Number(count);
}

let waiting = 0;
setInterval(() => {
  ask().then(
    (count) => {
      waiting = count;
    },
    (error) => {
      waiting = 0;
      console.error(`mutant: ${String(error)}`);
    },
  );
}, ASK_EVERY_MS).unref();

setInterval(() => {
  const untilMs = performance.now() + WORK_MS;
  while (waiting > 0 && performance.now() < untilMs);
}, WORK_MS + PAUSE_MS).unref();
