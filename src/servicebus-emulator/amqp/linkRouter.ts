import type { Logger } from "../../shared/logger.ts";
import type { Right } from "../access/sharedAccess.ts";
import type { Broker, Queue, ResolvedAddress } from "../broker/contract.ts";
import { resourceOf, type AccessGuard } from "./accessGuard.ts";
import { browse } from "./browsing.ts";
import { CBS, putToken } from "./cbs.ts";
import { ENTITY_DISABLED, entityNotFound, NOT_ALLOWED, notImplemented, type AmqpError } from "./conditions.ts";
import type { IncomingLink, OutgoingLink } from "./contract.ts";
import { sendFrom } from "./egress.ts";
import { receiveInto } from "./ingress.ts";
import { manage, MANAGEMENT } from "./management.ts";
import { answerRequests, openReplies } from "./requestReply.ts";

const SESSION_FILTER = "com.microsoft:session-filter";

/** Where a link leads. */
type Destination =
  | { readonly kind: "cbs" }
  | { readonly kind: "management" | "entity"; readonly resolved: ResolvedAddress }
  | { readonly kind: "unsupported"; readonly feature: string }
  | { readonly kind: "nowhere" };

/**
 * Connects links with what they lead to.
 * @returns the function that prepares a link; what that returns closes the link again.
 */
export function createLinkRouter(
  broker: Broker,
  guard: AccessGuard,
  log: Logger,
): (link: IncomingLink | OutgoingLink) => AmqpError | undefined {
  /** A client's sender. */
  function openIncoming(link: IncomingLink): AmqpError | undefined {
    const { attach, session } = link;
    const { target } = attach;
    if (attach.coordinator) return notImplemented("transactions");
    if (target?.dynamic === true) return notImplemented("dynamic targets");
    if (target?.address === undefined) return notImplemented("senders without a target address");
    const destination = resolve(target.address);
    switch (destination.kind) {
      case "nowhere":
        return entityNotFound(resourceOf(link, pathOf(target.address)));
      case "unsupported":
        return notImplemented(destination.feature);
      case "cbs":
        answerRequests(link, CBS, (request) => {
          const isKnown = (path: string): boolean => path === "" || resolve(path).kind !== "nowhere";
          const reply = putToken(request, guard.claimsOf(session.connection), broker.now(), isKnown);
          guard.watchExpiry(session.connection);
          return reply;
        });
        return undefined;
      case "management": {
        const { resolved } = destination;
        // The SDKs ask for a token of its own; one for the entity covers it.
        const path = `${resolved.entity.path}/${MANAGEMENT}`;
        const error = guard.admit(link, ["Listen", "Send"], path);
        if (error !== undefined) return error;
        const claims = guard.claimsOf(session.connection);
        answerRequests(link, path, (request) => {
          const may = (right: Right): boolean => claims.allow(right, path, broker.now());
          return manage(request, resolved, broker, may, resourceOf(link, path), log);
        });
        return undefined;
      }
      case "entity": {
        const { queue, entity } = destination.resolved;
        if (entity !== queue.main) {
          return { condition: NOT_ALLOWED, description: `Nobody can send to the dead-letter queue "${entity.path}".` };
        }
        const error = guard.admit(link, ["Send"], entity.path) ?? disabled(queue, "SendDisabled");
        if (error === undefined) receiveInto(link, destination.resolved, broker, log);
        return error;
      }
    }
  }

  /** A client's receiver. */
  function openOutgoing(link: OutgoingLink): AmqpError | undefined {
    const { source } = link.attach;
    if (source?.dynamic === true) return notImplemented("dynamic sources");
    if (source?.address === undefined) return notImplemented("receivers without a source address");
    const destination = resolve(source.address);
    switch (destination.kind) {
      case "nowhere":
        return entityNotFound(resourceOf(link, pathOf(source.address)));
      case "unsupported":
        return notImplemented(destination.feature);
      case "cbs":
        openReplies(link);
        return undefined;
      case "management": {
        const error = guard.admit(link, ["Listen", "Send"], `${destination.resolved.entity.path}/${MANAGEMENT}`);
        if (error === undefined) openReplies(link);
        return error;
      }
      case "entity": {
        const { queue, entity } = destination.resolved;
        const [filter] = source.filterNames;
        if (source.filterNames.includes(SESSION_FILTER)) return notImplemented("sessions");
        if (filter !== undefined) return notImplemented(`the filter "${filter}"`);
        const error = guard.admit(link, ["Listen"], entity.path) ?? disabled(queue, "ReceiveDisabled");
        if (error !== undefined) return error;
        if (source.distributionMode === "copy") browse(link, destination.resolved);
        else sendFrom(link, destination.resolved, broker, log);
        return undefined;
      }
    }
  }

  function resolve(address: string): Destination {
    const path = pathOf(address);
    if (path.toLowerCase() === CBS) return { kind: "cbs" };
    const managed = path.toLowerCase().endsWith(`/${MANAGEMENT}`);
    const entityPath = managed ? path.slice(0, -MANAGEMENT.length - 1) : path;
    const resolved = broker.find(entityPath);
    if (resolved !== undefined) return { kind: managed ? "management" : "entity", resolved };
    const feature = broker.unsupportedAt(entityPath);
    return feature === undefined ? { kind: "nowhere" } : { kind: "unsupported", feature };
  }

  return (link) => {
    const error = link.role === "incoming" ? openIncoming(link) : openOutgoing(link);
    if (error !== undefined) log.info({ link: link.attach.name, ...error }, "link rejected");
    return error;
  };
}

/** The path of an address, which some clients give as a URI. */
function pathOf(address: string): string {
  return address.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/^\/|\/$/g, "");
}

function disabled(
  { name, properties: { status } }: Queue,
  also: "SendDisabled" | "ReceiveDisabled",
): AmqpError | undefined {
  if (status !== "Disabled" && status !== also) return undefined;
  return {
    condition: ENTITY_DISABLED,
    description: `The messaging entity "${name}" is disabled: its status is ${status}.`,
  };
}
