import { chooseProvider } from "../cluster/choose.ts";
import { runMain } from "../process/runMain.ts";

await runMain(async () => {
  const provider = await chooseProvider();
  await provider.down();
  return 0;
});
