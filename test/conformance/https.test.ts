import { broker, http, managed, startHttps, stopAfterEach, token } from "./support/httpsServer.ts";

/** The HTTPS side alone: what it answers to whom, and to what is no proper request. */

stopAfterEach();

describe("authorisation", () => {
  beforeEach(async () => {
    await startHttps();
  });

  test.each([
    ["GET", "/orders", /^Manage,EntityRead claims required for this operation/],
    ["HEAD", "/orders", /^$/],
    ["GET", "/$Resources/Queues", /^Manage,EntityRead claims required/],
    ["GET", "/$Resources/Topics", /^Manage,EntityRead claims required/],
    ["GET", "/$namespaceinfo", /^Manage,EntityRead claims required/],
    ["PUT", "/orders", /^Authorization failed for specified action: Manage,EntityWrite/],
    ["DELETE", "/orders", /^Authorization failed for specified action: Manage,EntityDelete/],
    [
      "POST",
      "/orders/messages",
      /^Unauthorized access. 'Send' claim\(s\) are required .* Resource: "orders\/messages"/,
    ],
  ])("%s %s is refused to a key that may only listen", async (method, path, reason) => {
    const answer = await http({ method, path, as: "listen" });
    expect(answer.status).toBe(401);
    expect(/<Detail>(.*)<\/Detail>/.exec(answer.body)?.[1]?.replaceAll("&quot;", '"') ?? "").toMatch(reason);
    expect(broker.queues).toHaveLength(1);
    expect(broker.find("orders")?.entity.counts.active).toBe(0);
  });

  test("managing is refused to a key that may only send, and receiving too", async () => {
    expect((await http({ path: "/orders", as: "send" })).status).toBe(401);
    expect((await http({ method: "DELETE", path: "/orders/messages/head", as: "send" })).status).toBe(401);
    expect((await http({ method: "POST", path: "/orders/messages", body: "x", as: "send" })).status).toBe(201);
  });

  test.each([
    ["none", () => undefined, /^MissingToken/],
    ["one that is expired", () => token("/orders", "manage", { expiresInSeconds: -1 }), /ExpiredToken/],
    ["one signed with another key", () => token("/orders", "manage", { key: "x" }), /InvalidSignature/],
    ["one of a key that is not there", () => token("/orders", "nobody", { key: "x" }), /InvalidSignature/],
    ["one for another queue", () => token("/other", "manage"), /Manage,EntityRead/],
    ["one for a queue whose name only begins alike", () => token("/order", "manage"), /Manage,EntityRead/],
    ["no signature", () => "Bearer eyJ", /MalformedToken/],
    ["an empty one", () => "", /MissingToken|MalformedToken/],
  ])("a request is answered with 401 that has for a token %s", async (_, make, reason) => {
    const authorization = make();
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await http({ path: "/orders", headers, as: null });
    expect(answer.status).toBe(401);
    expect(answer.headers["content-type"]).toMatch(/^application\/xml/);
    expect(answer.body).toMatch(
      /^<Error><Code>401<\/Code><Detail>.* TrackingId:[\da-f-]{36}, SystemTracker:.*, Timestamp:[\dT:-]{19}<\/Detail><\/Error>$/,
    );
    expect(/<Detail>(.*)<\/Detail>/.exec(answer.body)?.[1]).toMatch(reason);
  });

  test("a request of the management API counts once it is let in, and no other does", async () => {
    await http({ path: "/orders", as: "listen" });
    await http({ method: "POST", path: "/orders/messages", body: "x", as: "send" });
    await http({ path: "/health" });
    expect(managed).toEqual([]);
    await http({ path: "/orders" });
    await http({ path: "/missing" });
    await http({ method: "PUT", path: "/another", body: "none" });
    expect(managed).toEqual(["GET", "GET", "PUT"]);
  });

  test("a token for the whole namespace is good for every queue, and one for a queue for its messages", async () => {
    for (const resource of ["", "/orders"]) {
      const headers = { authorization: token(resource, "manage") };
      expect((await http({ path: "/orders", headers, as: null })).status).toBe(200);
      expect((await http({ method: "POST", path: "/orders/messages", headers, as: null })).status).toBe(201);
    }
  });
});

describe("a request for", () => {
  beforeEach(async () => {
    await startHttps();
  });

  test.each([
    ["GET", "/$Resources/Topics", 501, /Topics are not implemented/],
    ["GET", "/$Resources/EventHubs", 501, /Event hubs are not implemented/],
    ["GET", "/$Resources/Relays", 501, /\$Resources\/Relays is not implemented/],
    ["GET", "/events", 501, /"events" needs topics: not implemented/],
    ["DELETE", "/events", 501, /"events" needs topics/],
    ["PUT", "/events/Subscriptions/s", 501, /Subscriptions are not implemented/],
    ["GET", "/orders/subscriptions", 501, /Subscriptions are not implemented/],
    ["PUT", "/events/subscriptions/s/rules/r", 501, /Rules are not implemented/],
    ["GET", "/$other", 501, /\/\$other is not implemented/],
    ["POST", "/events/messages", 501, /"events" needs topics/],
    ["POST", "/orders/messages/head", 501, /Receiving over REST is not implemented/],
    ["DELETE", "/orders/messages/HEAD?timeout=5", 501, /Receiving over REST is not implemented/],
    ["PUT", "/orders/messages/1/token", 501, /Settling over REST is not implemented/],
    ["DELETE", "/orders/messages/1/token", 501, /Settling over REST is not implemented/],
    ["GET", "/$servicebus/websocket", 501, /AMQP over WebSockets is not implemented/],
    ["GET", "/orders/$DeadLetterQueue", 400, /is a part of the queue &quot;orders&quot;/],
    ["POST", "/orders/$DeadLetterQueue/messages", 400, /cannot be sent to/],
    ["POST", "/nowhere/messages", 404, /&quot;nowhere&quot; could not be found/],
    ["DELETE", "/nowhere", 404, /no queue &quot;nowhere&quot;/],
    ["POST", "/orders", 405, /The method POST is not for \/orders; want GET, HEAD, PUT, DELETE/],
    ["PATCH", "/orders", 405, /want GET, HEAD, PUT, DELETE/],
    ["OPTIONS", "/", 405, /want GET/],
    ["GET", "/orders/messages", 405, /want POST/],
    ["DELETE", "/$namespaceinfo", 405, /want GET, HEAD/],
    ["PUT", "/", 405, /want GET, HEAD/],
    ["GET", "/%E0%A4%A", 400, /is not URL-encoded/],
    ["GET", "/$Resources/Queues?$skip=x", 400, /\$skip must be a whole number/],
    ["GET", "/$Resources/Queues?$top=-1", 400, /\$top must be a whole number/],
  ])("%s %s is answered with %d, and says why", async (method, path, status, reason) => {
    const answer = await http({ method, path });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(new RegExp(`^<Error><Code>${status}</Code><Detail>`));
    expect(answer.body.replaceAll("&quot;events&quot;", '"events"')).toMatch(reason);
    if (status === 405) expect(answer.headers.allow).toMatch(/GET|POST/);
  });

  test("the namespace tells everybody that it is there", async () => {
    const answer = await http({ path: "/", as: null });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/<title type="text">Publicly Listed Services<\/title>/);
  });

  test("a queue's head has no body, and the length that it would have", async () => {
    const [head, whole] = [await http({ method: "HEAD", path: "/orders" }), await http({ path: "/orders" })];
    expect(head).toMatchObject({ status: 200, body: "" });
    expect(head.headers["content-length"]).toBe(String(whole.body.length));
  });

  test("a path that XML cannot hold is answered with XML all the same", async () => {
    const headers = { authorization: token("", "manage") };
    const answer = await http({ method: "DELETE", path: "/a%00b%EF%BF%BF<", headers, as: null });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatch(/no queue &quot;a\ufffdb\ufffd&lt;&quot;/);
  });

  test("a queue by its whole URL, as a proxy asks, or with another host in it, is the same", async () => {
    const headers = { authorization: token("/orders", "manage"), host: `a"<b:1` };
    for (const path of ["/orders", `https://elsewhere.example/orders`, "/ORDERS/"]) {
      const answer = await http({ path, headers, as: null });
      expect(answer.body).toMatch(/<id>https:\/\/a&quot;&lt;b:1\/orders\?api-version=2021-05<\/id>/);
    }
  });
});
