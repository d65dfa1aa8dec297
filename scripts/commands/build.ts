import { bundle } from "../images/bundle.ts";
import { CliError } from "../process/cliError.ts";
import { runMain } from "../process/runMain.ts";

await runMain(async () => {
  const [folder, ...others] = process.argv.slice(2);
  const wrong = folder?.startsWith("-") === true ? folder : others[0];
  if (wrong !== undefined) {
    throw new CliError(`"${wrong}" is no folder to build into`, "npm run build, or npm run build -- FOLDER");
  }
  await bundle(folder);
  return 0;
});
