// Exits at once on SIGTERM, as code does that does not handle it: what is in flight stays locked until the locks run out.
import { registerHooks } from "node:module";

const PIECE = /process\.on\("SIGTERM", stop\d*\);/g;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(".cjs")) return loaded;
    const source = String(loaded.source);
    const found = source.match(PIECE)?.length ?? 0;
    if (found !== 1) throw new Error(`this mutant is stale: ${url} has ${found} times ${String(PIECE)}, want 1`);
    return { ...loaded, source: source.replace(PIECE, 'process.on("SIGTERM", () => process.exit(143));') };
  },
});
