import { CommandError, run, succeeds } from "../../../../scripts/process/command.ts";

describe("a command", () => {
  test("gives its standard output, and gets its input", async () => {
    expect(await run("cat", [], { input: "hello" })).toBe("hello");
  });

  test("that fails says what it was, its code and what it printed, on either stream", async () => {
    const failed = run("sh", ["-c", "echo out; echo err >&2; exit 3"]);
    await expect(failed).rejects.toThrow(CommandError);
    await expect(failed).rejects.toMatchObject({
      exitCode: 3,
      output: expect.stringMatching(/out[^]*err|err[^]*out/) as string,
    });
    await expect(failed).rejects.toThrow("`sh -c");
  });

  test("that does not exist fails likewise", async () => {
    await expect(run("ownsignal-no-such-command", [])).rejects.toThrow("ENOENT");
    expect(await succeeds("ownsignal-no-such-command", [])).toBe(false);
  });

  test("that a signal ends is no success", async () => {
    expect(await succeeds("sh", ["-c", "kill -9 $$"])).toBe(false);
  });
});
