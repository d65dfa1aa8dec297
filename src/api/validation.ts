import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { z } from "zod";
import type { OrderRequest } from "../shared/order.ts";
import { violation, type Violation } from "../shared/problem.ts";

const TIMEOUT_MS = 2_000;
const READINESS_TIMEOUT_MS = 1_000;

/** The validator gave no verdict, so nothing is known about the order. */
export class ValidatorAwayError extends Error {
  override readonly name = "ValidatorAwayError";
}

/** The validator beside the API. */
export interface Validation {
  /**
   * What the rules hold against the order; empty when it may pass.
   * @throws {ValidatorAwayError} when there is no verdict within 2 s.
   */
  violations(order: OrderRequest): Promise<readonly Violation[]>;
  /** Whether the validator answers, within 1 s. */
  answers(): Promise<boolean>;
  close(): void;
}

const refusal = z.object({ violations: z.array(violation).min(1) });

export function connectValidation(url: string): Validation {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const validateUrl = new URL("/validate", url);
  const readyUrl = new URL("/readyz", url);

  async function exchange(target: URL, method: string, timeoutMs: number, body?: string) {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const request = httpRequest(target, { agent, method, headers, signal: AbortSignal.timeout(timeoutMs) });
    request.end(body);
    const response = await responseTo(request);
    let text = "";
    response.setEncoding("utf8");
    for await (const chunk of response as AsyncIterable<string>) text += chunk;
    return { status: response.statusCode ?? 0, text };
  }

  return {
    violations: async (order) => {
      let status: number;
      let text: string;
      try {
        ({ status, text } = await exchange(validateUrl, "POST", TIMEOUT_MS, JSON.stringify(order)));
      } catch (error) {
        throw new ValidatorAwayError(`no verdict from the validator at ${validateUrl.href}`, { cause: error });
      }
      if (status === 200) return [];
      const refused = status === 422 ? refusal.safeParse(parsed(text)) : undefined;
      if (refused?.success === true) return refused.data.violations;
      throw new ValidatorAwayError(`the validator at ${validateUrl.href} answered ${status}, wanted 200 or 422`);
    },
    answers: async () => {
      try {
        return (await exchange(readyUrl, "GET", READINESS_TIMEOUT_MS)).status === 200;
      } catch {
        return false;
      }
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
