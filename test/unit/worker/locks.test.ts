import { ServiceBusError } from "@azure/service-bus";
import { keepLocked } from "../../../src/worker/locks.ts";

/** Keeps a lock that ends `lockMs` from now; each renewal does what `renewals` say, the last again and again. */
function keep(lockMs: number, ...renewals: (() => Promise<void>)[]) {
  let lockedUntil = new Date(Date.now() + lockMs);
  const results: string[] = [];
  let stop: () => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    stop = keepLocked({
      lockedUntil: () => lockedUntil,
      renew: async () => {
        await (renewals.length > 1 ? renewals.shift() : renewals[0])?.();
        lockedUntil = new Date(Date.now() + lockMs);
        if (renewals.length === 1 && results.length >= 2) resolve("kept");
      },
      onRenewal: (result) => results.push(result),
      onLost: () => {
        resolve("lost");
      },
    });
  });
  return { ended: ended.finally(stop), results };
}

const works = (): Promise<void> => Promise.resolve();
const noAnswer = (): Promise<void> => Promise.reject(new Error("no answer"));
const lost = (): Promise<void> => Promise.reject(new ServiceBusError("gone", "MessageLockLost"));

test("a lock is renewed repeatedly", async () => {
  const { ended, results } = keep(1_000, works);
  expect(await ended).toBe("kept");
  expect(results).toEqual(["renewed", "renewed"]);
});

test("a renewal without an answer is retried", async () => {
  const { ended, results } = keep(1_200, noAnswer, works);
  expect(await ended).toBe("kept");
  expect(results).toEqual(["failed", "renewed"]);
});

test("a lock is lost when the broker says so", async () => {
  const { ended, results } = keep(1_000, lost);
  expect(await ended).toBe("lost");
  expect(results).toEqual(["failed"]);
});

test("a lock is lost well after its end when no renewal was answered", async () => {
  const { ended, results } = keep(-1_500, noAnswer);
  expect(await ended).toBe("lost");
  expect(results.every((result) => result === "failed")).toBe(true);
});
