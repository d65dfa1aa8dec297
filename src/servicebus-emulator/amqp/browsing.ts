import { randomUUID } from "node:crypto";
import type { ResolvedAddress } from "../broker/contract.ts";
import { tagOfLockToken } from "../model/lockTokens.ts";
import { deliverable } from "../message/deliverable.ts";
import { resourceOf } from "./accessGuard.ts";
import { entityNotFound } from "./conditions.ts";
import type { OutgoingLink } from "./contract.ts";
import { ACCEPTED } from "./outcomes.ts";

/** How many messages are read at once. */
const READ_COUNT = 64;

/**
 * Shows an entity's active messages over a link whose source has the distribution mode `copy`, as JMS's QueueBrowser asks for: none is locked,
 * and whatever the peer answers, all stay. Each is shown once; those that come later follow.
 */
export function browse(link: OutgoingLink, { entity, dispatcher }: ResolvedAddress): void {
  let nextSequenceNumber = 1;

  function show(): void {
    for (;;) {
      const count = Math.min(link.room(), READ_COUNT);
      const messages = count > 0 ? entity.peek(nextSequenceNumber, count) : [];
      for (const message of messages) {
        nextSequenceNumber = message.sequenceNumber + 1;
        if (message.state !== "active") continue;
        const id = randomUUID();
        link.send(deliverable(message, "peeked"), tagOfLockToken(id), id);
      }
      if (messages.length === 0) break;
    }
    link.finishDrain();
  }

  link.onFlow = show;
  link.onRequestedOutcome = (deliveryId) => {
    link.settle(deliveryId, ACCEPTED);
  };
  link.whenEnded(
    dispatcher.watch({
      available: show,
      end: () => {
        link.close(entityNotFound(resourceOf(link, entity.path)));
      },
    }),
  );
}
