import { CommandError, run, succeeds } from "../../../../scripts/process/command.ts";

describe("run", () => {
  test("resolves with standard output, and passes the input", async () => {
    expect(await run("cat", [], { input: "hello" })).toBe("hello");
  });

  test("rejects with the command, its exit code and both streams when it fails", async () => {
    const failed = run("sh", ["-c", "echo out; echo err >&2; exit 3"]);
    await expect(failed).rejects.toThrow(CommandError);
    await expect(failed).rejects.toMatchObject({
      exitCode: 3,
      output: expect.stringMatching(/out[^]*err|err[^]*out/) as string,
    });
    await expect(failed).rejects.toThrow("`sh -c");
  });

  test("rejects when the command does not exist", async () => {
    await expect(run("ownsignal-no-such-command", [])).rejects.toThrow("ENOENT");
    expect(await succeeds("ownsignal-no-such-command", [])).toBe(false);
  });

  test("does not count an end by a signal as success", async () => {
    expect(await succeeds("sh", ["-c", "kill -9 $$"])).toBe(false);
  });
});
