import type { Delivery, EventContext, Sender } from "rhea";
import type { Broker, Located } from "./broker.ts";
import { DECODE_ERROR, lockLost, NOT_ALLOWED, NOT_IMPLEMENTED } from "./conditions.ts";
import { lockTokenOfTag, tagOfLockToken } from "./lockTokens.ts";
import { deliverable } from "./rawMessage.ts";
import {
  accepted,
  afterAttach,
  createOutlet,
  modified,
  onSessionFlow,
  propertiesOfOutcome,
  rejected,
  released,
  settle,
} from "./rheaInternals.ts";
import type { Outcome } from "./rheaInternals.ts";

/** `snd-settle-mode` of a receiver in receive-and-delete mode. */
const SETTLED = 1;

/** Sends an entity's messages over this link as its peer gives credit, and settles them as the peer says. */
export function sendFrom(sender: Sender, { entity, dispatcher }: Located, broker: Broker): void {
  const outlet = createOutlet(sender);
  const deletes = sender.snd_settle_mode === SETTLED;

  dispatcher.add({
    isOpen: () => sender.is_open(),
    wants: () => outlet.room() > 0,
    deliver: ({ stored, lockToken, ...message }) => {
      const fields = deletes ? { ...message, lockedUntilMs: undefined } : message;
      outlet.send(deliverable(stored, fields), tagOfLockToken(lockToken));
      if (deletes) entity.complete(lockToken, broker.now());
    },
  });

  function resume(): void {
    dispatcher.dispatch();
    outlet.finishDrain();
  }
  sender.on("sender_flow", () => {
    afterAttach(sender, resume);
  });
  // The session has room again.
  sender.on("sendable", () => {
    dispatcher.wake();
  });
  onSessionFlow(sender.session, resume);

  if (deletes) return;
  on("accepted", (lockToken, nowMs) => entity.complete(lockToken, nowMs) && accepted());
  on("released", (lockToken, nowMs) => entity.release(lockToken, nowMs) && released());
  on("modified", (lockToken, nowMs, delivery) => {
    if (delivery.remote_state?.undeliverable_here === true) {
      return refused(NOT_IMPLEMENTED, "Deferring messages is not implemented by this emulator; the lock stands.");
    }
    return entity.abandon(lockToken, nowMs, propertiesOfOutcome(delivery)) && modified();
  });
  on("rejected", (lockToken, nowMs, delivery) => {
    if (entity.deadLetter === undefined) {
      return refused(NOT_ALLOWED, "A message in a dead-letter queue cannot be dead-lettered; the lock stands.");
    }
    return entity.deadLetter(lockToken, nowMs, propertiesOfOutcome(delivery)) && rejected();
  });

  /** @param answer gives the outcome that confirms the peer's, or false when the lock is lost. */
  function on(
    outcome: "accepted" | "released" | "modified" | "rejected",
    answer: (lockToken: string, nowMs: number, delivery: Delivery) => Outcome | false,
  ): void {
    sender.on(outcome, ({ delivery }: EventContext) => {
      if (delivery === undefined || delivery.settled) return;
      const lockToken = lockTokenOfTag(Buffer.from(delivery.tag));
      let outcome: Outcome;
      try {
        outcome = answer(lockToken, broker.now(), delivery) || rejected(lockLost(lockToken));
      } catch (error) {
        // Properties of a kind that rhea cannot write. Thrown from here, the error would end the process.
        outcome = refused(DECODE_ERROR, `The outcome is not usable: ${String(error)}; the lock stands.`);
      }
      settle(delivery, outcome);
    });
  }
}

function refused(condition: string, description: string): Outcome {
  return rejected({ condition, description });
}
