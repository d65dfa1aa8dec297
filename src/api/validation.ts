import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import * as z from "zod";
import { readBody } from "../shared/body.ts";
import type { OrderRequest } from "../shared/order.ts";
import { problemDetails, violation, type ProblemDetails } from "../shared/problemDetails.ts";
import type { NoteDependency } from "../shared/registry.ts";
import { createBatcher } from "./batcher.ts";

const TIMEOUT_MS = 1_500;
const READINESS_TIMEOUT_MS = 1_000;

/** Orders in one call; the validator takes as many, of the largest size that the API takes. */
const MAX_BATCH = 64;

/** Far more than the verdicts on one batch take. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** A call that takes this long is slow, and others no longer wait for it. */
const MAX_WAIT_MS = 100;

/** Of a steady stream, orders of so long a time share a call, which takes the API more CPU time than reading a verdict. */
const MIN_INTERVAL_MS = 5;

/** The validator gave no verdict, so nothing is known about the order. */
export class ValidatorUnavailableError extends Error {
  override readonly name = "ValidatorUnavailableError";
}

/** The validator beside the API. */
export interface Validation {
  /**
   * The violations of the rules, as the validator words them; undefined when the order is valid.
   * One call is under way at a time, and orders that come meanwhile share the next.
   * @throws {ValidatorUnavailableError} when there is no verdict within 2 s.
   */
  validate(order: OrderRequest): Promise<ProblemDetails | undefined>;
  /** Whether the validator answers, within 1 s. */
  answers(): Promise<boolean>;
  close(): void;
}

/** An order that waits for its verdict. */
interface Pending {
  readonly order: OrderRequest;
  readonly resolve: (rejection: ProblemDetails | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const verdicts = z.array(
  z.union([
    z.object({ valid: z.literal(true) }),
    problemDetails.extend({ status: z.literal(422), violations: z.array(violation).min(1) }),
  ]),
);

export function connectValidation(url: string, note: NoteDependency): Validation {
  const agent = new Agent({ keepAlive: true });
  const validateUrl = new URL("/validate", url);
  const readyUrl = new URL("/readyz", url);

  async function exchange(target: URL, method: string, timeoutMs: number, body?: string) {
    const headers =
      body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = httpRequest(target, { agent, method, headers });
    // An abort signal and an iterator over the answer instead would be a quarter of the call's CPU time.
    const limit = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      request.end(body);
      const response = await responseTo(request);
      return { status: response.statusCode ?? 0, text: await readBody(response, MAX_ANSWER_BYTES) };
    } finally {
      clearTimeout(limit);
    }
  }

  /** @throws {ValidatorUnavailableError} */
  async function requestVerdicts(orders: readonly OrderRequest[]): Promise<z.infer<typeof verdicts>> {
    let status: number;
    let text: string;
    try {
      ({ status, text } = await exchange(validateUrl, "POST", TIMEOUT_MS, JSON.stringify(orders)));
    } catch (error) {
      throw new ValidatorUnavailableError(`no verdict from the validator at ${validateUrl.href}`, { cause: error });
    }
    const answer = status === 200 ? verdicts.safeParse(parsed(text)) : undefined;
    if (answer?.data?.length === orders.length) return answer.data;
    throw new ValidatorUnavailableError(
      `the validator at ${validateUrl.href} answered ${status}; expected 200 and ${orders.length} verdicts`,
    );
  }

  const ask = createBatcher<Pending>(
    async (pending) => {
      try {
        const answer = await requestVerdicts(pending.map(({ order }) => order));
        note("validator", true);
        for (const [index, verdict] of answer.entries()) {
          pending[index]?.resolve("valid" in verdict ? undefined : verdict);
        }
      } catch (error) {
        note("validator", false);
        for (const { reject } of pending) reject(error);
      }
    },
    { maxItems: MAX_BATCH, maxWaitMs: MAX_WAIT_MS, minIntervalMs: MIN_INTERVAL_MS },
  );

  return {
    validate: (order) =>
      new Promise((resolve, reject) => {
        ask({ order, resolve, reject });
      }),
    answers: async () => {
      let answers = false;
      try {
        answers = (await exchange(readyUrl, "GET", READINESS_TIMEOUT_MS)).status === 200;
      } catch {
        // Then it does not.
      }
      note("validator", answers);
      return answers;
    },
    close: () => {
      agent.destroy();
    },
  };
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
