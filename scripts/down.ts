import { chooseProvider } from "./cluster/choose.ts";
import { entry } from "./entry.ts";

await entry(async () => {
  const provider = await chooseProvider();
  await provider.down();
  return 0;
});
