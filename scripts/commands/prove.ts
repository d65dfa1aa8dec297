import { scenarioNames } from "../../loadtest/targets/orders/scenarios/names.ts";
import { exitCodeOf } from "../../loadtest/model/verdict.ts";
import { commandLine } from "../process/commandLine.ts";
import { runMain } from "../process/runMain.ts";
import { helpText } from "../proof/help.ts";
import { parseRequest } from "../proof/options.ts";
import { prove } from "../proof/prove.ts";

await runMain(
  async () => {
    const args = process.argv.slice(2);
    const request = parseRequest(args);
    switch (request.kind) {
      case "help":
        process.stdout.write(helpText());
        return 0;
      case "list":
        process.stdout.write(`${scenarioNames.join("\n")}\n`);
        return 0;
      case "prove":
        return prove(request, commandLine("./scripts/prove", args));
    }
  },
  // For the proof, 1 is a verdict: a setup that fails is inconclusive.
  { failureCode: exitCodeOf("inconclusive"), handlesSignals: true },
);
