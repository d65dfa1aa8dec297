import { CliError } from "../../../../scripts/process/cliError.ts";
import { waitFor } from "../../../../scripts/process/waitFor.ts";

describe("waitFor", () => {
  test("resolves with the first answer that is not undefined", async () => {
    let asked = 0;
    const answer = await waitFor(() => Promise.resolve(++asked === 3 ? "now" : undefined), {
      timeoutMs: 60_000,
      everyMs: 1,
      overdue: () => new Error("late"),
    });
    expect([answer, asked]).toEqual(["now", 3]);
  });

  test("rejects with the given error after its timeout", async () => {
    const waiting = waitFor(() => Promise.resolve(undefined), {
      timeoutMs: 5,
      everyMs: 1,
      overdue: () => new CliError("nothing came", "look"),
    });
    await expect(waiting).rejects.toThrow("nothing came");
  });
});
