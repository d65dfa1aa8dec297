import { queueName, type QueueProperties, queueProperties } from "../model/properties.ts";
import type { Broker, Queue } from "../broker/contract.ts";
import { BrokerError } from "../model/brokerError.ts";
import { type Answer, HttpError, notImplementedAt } from "./answer.ts";
import { type Asked, ATOM_ENTRY, ATOM_FEED, emptyFeed, namespaceEntry, queueEntry, queueFeed } from "./atom.ts";
import { isTrue, readQueueDescription } from "./queueDescription.ts";
import { readQueueEntry } from "./queueEntry.ts";
import { wholeNumber } from "./requestTarget.ts";

/** Queues on a page of the list, unless the client asks for fewer; the service's own limit. */
const MAX_PAGE_SIZE = 100;

/** The operations of the management API on queues. Each refuses with {@link HttpError}, or with the broker's {@link BrokerError}. */
export interface Management {
  /** Answers for a queue that does not exist as the service does: with an empty feed, see {@link emptyFeed}. */
  get(name: string, asked: Asked): Answer;
  list(query: URLSearchParams, asked: Asked): Answer;
  /** Creates a queue, or, with `If-Match`, changes one. */
  put(name: string, ifMatch: string | undefined, body: string, asked: Asked): Promise<Answer>;
  remove(name: string): Promise<Answer>;
  namespace(asked: Asked): Answer;
}

export function createManagement(broker: Broker): Management {
  const startedAtMs = broker.now();

  /** The queue of this name; undefined when there is nothing. @throws {HttpError} 501 when there is something else. */
  function find(name: string): Queue | undefined {
    const located = broker.find(name);
    if (located?.entity === located?.queue.main) return located?.queue;
    throw new HttpError(
      400,
      `"${name}" is a part of the queue "${located?.queue.name ?? ""}", which is managed as a whole.`,
    );
  }

  function unsupported(name: string): HttpError | undefined {
    const feature = broker.unsupportedAt(name);
    return feature === undefined ? undefined : notImplementedAt(name, feature);
  }

  async function create(name: string, given: Partial<QueueProperties>): Promise<Queue> {
    const refusal = unsupported(name);
    if (refusal !== undefined) throw refusal;
    const checked = queueName.safeParse(name);
    if (!checked.success) {
      const why = checked.error.issues.map(({ message }) => message).join("; ");
      throw new HttpError(400, `SubCode=40000. The queue's name "${name}" is not valid: ${why}.`);
    }
    return broker.createQueue({ name, properties: queueProperties.parse(given) });
  }

  async function update(queue: Queue, given: Partial<QueueProperties>): Promise<Queue> {
    const { requiresDuplicateDetection } = queue.properties;
    if ((given.requiresDuplicateDetection ?? requiresDuplicateDetection) !== requiresDuplicateDetection) {
      throw cannotBeChanged("RequiresDuplicateDetection");
    }
    // What a description leaves out is set to its default: it is the whole of what is requested.
    await broker.updateQueue(queue, queueProperties.parse({ requiresDuplicateDetection, ...given }));
    return queue;
  }

  return {
    get: (name, asked) => {
      const queue = find(name);
      if (queue !== undefined) return { status: 200, type: ATOM_ENTRY, body: queueEntry(queue, asked) };
      const refusal = unsupported(name);
      if (refusal !== undefined) throw refusal;
      return { status: 200, type: ATOM_FEED, body: emptyFeed(broker.now()) };
    },
    list: (query, asked) => {
      const skip = wholeNumber(query, "$skip") ?? 0;
      const top = Math.min(wholeNumber(query, "$top") ?? MAX_PAGE_SIZE, MAX_PAGE_SIZE);
      const href = (skipped: number): string =>
        `${asked.origin}/$Resources/Queues?api-version=${encodeURIComponent(asked.apiVersion)}&$skip=${skipped}&$top=${top}`;
      // Of one moment, and by name: queues that come and go between two pages move the others as little as can be.
      const { queues } = broker;
      // Clients page until they get an empty page, so the end must be one.
      const page = queues.slice(skip, skip + top);
      const more = page.length > 0 && skip + page.length < queues.length;
      const links = { selfHref: href(skip), nextHref: more ? href(skip + page.length) : undefined };
      return { status: 200, type: ATOM_FEED, body: queueFeed(page, asked, links, broker.now()) };
    },
    put: async (name, ifMatch, body, asked) => {
      const elements = readQueueEntry(body);
      const existing = find(name);
      if (existing !== undefined && ifMatch !== undefined && isTrue(elements.get("RequiresSession"))) {
        throw cannotBeChanged("RequiresSession");
      }
      const given = readQueueDescription(elements, asked.apiVersion);
      if (ifMatch === undefined) {
        // Before the name is judged: what is there may have come from a file.
        if (existing !== undefined) throw new BrokerError("already-exists", `The queue "${name}" exists already.`);
        return { status: 201, type: ATOM_ENTRY, body: queueEntry(await create(name, given), asked) };
      }
      if (ifMatch !== "*")
        throw new HttpError(412, `If-Match must be "*", got "${ifMatch}": queues have no versions here.`);
      if (existing === undefined) {
        throw unsupported(name) ?? new HttpError(404, `SubCode=40400. Not Found. The queue "${name}" doesn't exist.`);
      }
      return { status: 200, type: ATOM_ENTRY, body: queueEntry(await update(existing, given), asked) };
    },
    remove: async (name) => {
      const queue = find(name);
      if (queue === undefined) {
        throw (
          unsupported(name) ?? new HttpError(404, `No service is hosted at the specified address: no queue "${name}".`)
        );
      }
      await broker.deleteQueue(queue);
      return { status: 200 };
    },
    namespace: (asked) => ({ status: 200, type: ATOM_ENTRY, body: namespaceEntry(asked, startedAtMs) }),
  };
}

/** In the service's words. */
function cannotBeChanged(property: string): HttpError {
  return new HttpError(
    400,
    `SubCode=40000. The value for the ${property} property of an existing Queue cannot be changed.`,
  );
}
