import { scenarioNames } from "../../loadtest/targets/orders/scenarios/names.ts";
import { commandLine } from "../process/commandLine.ts";
import { helpText } from "./help.ts";
import { parseRequest } from "./options.ts";
import { proofRoles, prove } from "./prove.ts";

/** Proves the orders system. @param program as the person called it. @returns the exit code. */
export async function runProveOrders(args: readonly string[], program: string): Promise<number> {
  const request = parseRequest(args);
  switch (request.kind) {
    case "help":
      process.stdout.write(helpText());
      return 0;
    case "list":
      process.stdout.write(`${scenarioNames.join("\n")}\n`);
      return 0;
    case "print-role":
      process.stdout.write(proofRoles(request));
      return 0;
    case "prove":
      return prove(request, commandLine(program, args));
  }
}
