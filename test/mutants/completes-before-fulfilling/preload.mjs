// Completes a message before its order is fulfilled, as code does that "acknowledges early to be fast". Whatever is in flight at a kill is lost.
import { registerHooks } from "node:module";

/** A piece of the worker's bundle by what takes its place. A bundler may number names that several modules have. */
const CHANGES = [
  [
    /await within\(ports\.fulfilment\.fulfil\(/g,
    "await delivery.complete();\n        await within(ports.fulfilment.fulfil(",
  ],
  [/await settle\d*\(ports, log\d*, void 0, \(\) => delivery\.complete\(\)\);/g, ""],
];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(".cjs")) return loaded;
    let source = String(loaded.source);
    for (const [piece, other] of CHANGES) {
      const found = source.match(piece)?.length ?? 0;
      if (found !== 1) throw new Error(`this mutant is stale: ${url} has ${found} times ${String(piece)}, want 1`);
      source = source.replace(piece, () => other);
    }
    return { ...loaded, source };
  },
});
