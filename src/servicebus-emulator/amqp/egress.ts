import type { Logger } from "../../shared/logger.ts";
import type { Broker, Consumer, LockedMessage, ResolvedAddress } from "../broker/contract.ts";
import { tagOfLockToken } from "../model/lockTokens.ts";
import { deliverable } from "../message/deliverable.ts";
import { resourceOf } from "./accessGuard.ts";
import { entityNotFound, lockLost, NOT_ALLOWED, notImplemented } from "./conditions.ts";
import { amqpErrorFor } from "./amqpError.ts";
import {
  ACCEPTED,
  MODIFIED,
  REJECTED,
  rejected,
  RELEASED,
  type EncodedOutcome,
  type RequestedOutcome,
} from "./outcomes.ts";
import type { OutgoingLink } from "./contract.ts";

/** Sends an entity's messages over this link as its peer gives credit, and settles them as the peer says. */
export function sendFrom(
  link: OutgoingLink,
  { entity, dispatcher }: ResolvedAddress,
  broker: Broker,
  log: Logger,
): void {
  const consumer: Consumer = {
    hasRoom: () => link.room() > 0,
    deliver: link.settles
      ? deliverForGood
      : (message) => {
          link.send(deliverable(message, message), tagOfLockToken(message.lockToken), message.lockToken);
        },
    end: () => {
      link.close(entityNotFound(resourceOf(link, entity.path)));
    },
  };
  dispatcher.add(consumer);
  link.whenEnded(() => {
    dispatcher.remove(consumer);
  });
  link.onFlow = () => {
    dispatcher.dispatch();
    link.finishDrain();
  };
  link.onRequestedOutcome = (deliveryId, lockToken, requested) => {
    carryOut(requested, deliveryId, lockToken);
  };

  /** Receive-and-delete: it leaves the queue before it leaves the emulator, so that a crash between the two does not deliver it twice. */
  function deliverForGood(message: LockedMessage): void {
    const { lockToken } = message;
    link.reserve();
    entity
      .complete(lockToken, broker.now())
      .then(
        (stood) => {
          // In one go: a place that is free in between would be taken.
          link.free();
          if (stood) {
            link.send(deliverable(message, "deleted"), tagOfLockToken(lockToken), lockToken);
          } else {
            dispatcher.wake();
          }
        },
        (error: unknown) => {
          // Its lock stands, and so it is tried again when that has ended.
          link.free();
          log.warn({ err: error, entity: entity.path }, "a message could not be taken out of the queue");
        },
      )
      .then(link.finishDrain.bind(link))
      .catch((error: unknown) => {
        log.error({ err: error, entity: entity.path }, "a message was lost on its way out");
      });
  }

  function carryOut(requested: RequestedOutcome, deliveryId: number, lockToken: string): void {
    const nowMs = broker.now();
    switch (requested.kind) {
      case "accepted":
        confirm(deliveryId, lockToken, entity.complete(lockToken, nowMs), ACCEPTED);
        return;
      case "released":
        link.settle(deliveryId, entity.release(lockToken, nowMs) ? RELEASED : rejected(lockLost(lockToken)));
        return;
      case "modified": {
        const { undeliverableHere, properties } = requested;
        const done = undeliverableHere
          ? entity.defer(lockToken, nowMs, properties)
          : entity.abandon(lockToken, nowMs, properties);
        confirm(deliveryId, lockToken, done, MODIFIED);
        return;
      }
      case "rejected":
        if (entity.deadLetter === undefined) {
          const description = "A message in a dead-letter queue cannot be dead-lettered; the lock stands.";
          link.settle(deliveryId, rejected({ condition: NOT_ALLOWED, description }));
        } else {
          confirm(deliveryId, lockToken, entity.deadLetter(lockToken, nowMs, requested.properties), REJECTED);
        }
        return;
      case "transactional":
        link.settle(deliveryId, rejected(notImplemented("transactions")));
        return;
      case "none":
    }
  }

  function confirm(deliveryId: number, lockToken: string, done: Promise<boolean>, outcome: EncodedOutcome): void {
    done.then(
      (stood) => {
        link.settle(deliveryId, stood ? outcome : rejected(lockLost(lockToken)));
      },
      (error: unknown) => {
        link.settle(deliveryId, rejected(amqpErrorFor(error, log)));
      },
    );
  }
}
