#!/usr/bin/env node
// The command of the npm package. An older Node has to get as far as the message: this file imports nothing before it has looked.
const OLDEST_NODE = 24;

if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
  process.stderr.write(
    `\nerror: ownsignal needs Node ${OLDEST_NODE} or newer, and this is Node ${process.versions.node}\n` +
      "  Fix: install it from https://nodejs.org, or put it in front of the other on PATH\n",
  );
  process.exitCode = 2;
} else {
  const { main } = await import("../cli/main.ts");
  await main(process.argv.slice(2));
}
