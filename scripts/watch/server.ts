import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CliError } from "../process/cliError.ts";

/** Serves the live view to browsers on this machine. */
export interface LiveServer {
  readonly port: number;
  /** How many browsers are connected. */
  readonly browsers: number;
  /** Sends a new frame to every browser; it is made once, and only where a browser is connected. */
  publish(frame: () => string): void;
  close(): Promise<void>;
}

interface Browser {
  response: ServerResponse;
  /** Whether the last write is still buffered. */
  busy: boolean;
  /** Whether there is a newer frame than the one that it got last. */
  behind: boolean;
}

const LOOPBACK = "127.0.0.1";

/**
 * Listens on loopback only.
 * @param page the whole page; it requests `feed` beside it.
 * @param desiredPort 0 for any free one.
 * @throws {CliError} where the port is taken.
 */
export async function startLiveServer(page: string, desiredPort: number): Promise<LiveServer> {
  const browsers = new Set<Browser>();
  let newest: string | undefined;

  /** Every frame is complete, so that a slow browser gets the newest and misses those between, instead of their being buffered here. */
  function send(browser: Browser): void {
    if (newest === undefined) return;
    if (browser.busy) {
      browser.behind = true;
      return;
    }
    browser.behind = false;
    browser.busy = !browser.response.write(newest);
  }

  function feed(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const browser: Browser = { response, busy: false, behind: false };
    browsers.add(browser);
    response.on("drain", () => {
      browser.busy = false;
      if (browser.behind) send(browser);
    });
    response.on("close", () => browsers.delete(browser));
    response.write(": connected\n\n");
    send(browser);
  }

  const server = createServer((request, response) => {
    // A page of another origin could come here by a name of its own that leads to this address.
    const path = pathOf(request);
    if (!isLocal(request.headers.host)) answer(response, 403, "text/plain", "127.0.0.1 only\n");
    else if (request.method !== "GET") answer(response, 405, "text/plain", "GET only\n");
    else if (path === "/feed") feed(response);
    else if (path === "/") answer(response, 200, "text/html", page);
    else answer(response, 404, "text/plain", "not found: only / exists\n");
  });
  server.listen(desiredPort, LOOPBACK);
  await once(server, "listening").catch((error: unknown) => {
    throw new CliError(`port ${desiredPort} cannot be listened on`, "choose another, or none for any that is free", {
      cause: error,
    });
  });

  return {
    port: (server.address() as AddressInfo).port,
    get browsers() {
      return browsers.size;
    },
    publish: (frame) => {
      // Kept for the next browser only while one is connected: an old frame is of no use.
      newest = browsers.size === 0 ? undefined : `event: frame\ndata: ${frame()}\n\n`;
      for (const browser of browsers) send(browser);
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?")[0] ?? "/";
}

function isLocal(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host);
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  response.end(body);
}
