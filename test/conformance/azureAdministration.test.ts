import { startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;

describe("what Azure says", () => {
  beforeAll(async () => {
    bus = await startTestBus();
  });

  afterAll(() => bus.close());

  it("of a queue that nobody has used: the zero time", async () => {
    await bus.admin().createQueue("unused");
    const { accessedAt } = await bus.admin().getQueueRuntimeProperties("unused");
    expect(accessedAt.getUTCFullYear()).toBe(1);
    await bus.admin().deleteQueue("unused");
  });

  it("of properties that have no effect here: what was set", async () => {
    const properties = { enableBatchedOperations: false, autoDeleteOnIdle: "PT5M" };
    expect(await bus.admin().createQueue("set", properties)).toMatchObject(properties);
    await bus.admin().deleteQueue("set");
  });

  it("of a change of RequiresSession: that it cannot be changed", async () => {
    const queue = await bus.admin().createQueue("plain");
    await expect(bus.admin().updateQueue({ ...queue, requiresSession: true })).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringMatching(/RequiresSession property of an existing Queue cannot be changed/) as unknown,
    });
    await bus.admin().deleteQueue("plain");
  });

  it("to a key without Manage, of a queue that is not there: that it is not", async () => {
    expect(await bus.admin("worker").queueExists("nowhere")).toBe(false);
    await expect(bus.admin("worker").getQueue("orders")).rejects.toMatchObject({ statusCode: 401 });
  });
});
