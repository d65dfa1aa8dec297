import { runDoctor } from "../cli/doctor.ts";
import { runMain } from "../process/runMain.ts";

await runMain(() => runDoctor(process.argv.slice(2)));
