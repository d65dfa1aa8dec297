/** The page with the figures. */
export function benchmarkPage(
  text: string,
  run: { machine: string; loadBefore: string; pinned: boolean; repetitions: number },
): string {
  const date = new Date().toISOString().slice(0, 10);
  return `# Benchmarks of the Service Bus emulator

Written by the last run of

\`\`\`sh
npm run bench:emulator
\`\`\`

on ${date}: ${run.machine}. Load average at the start: ${run.loadBefore}.

${text}

${run.pinned ? "Emulator and client share **one core** (\`taskset\`)" : "Emulator and client were **not** pinned to one core (no \`taskset\` on this machine)"}. Messages have a body of
300 bytes. Every message is on the disk before it is acknowledged (SQLite, WAL, \`synchronous=FULL\`). REST and the queue-length query use TLS and a SAS token on
each request; AMQP uses a SAS token put at \`$cbs\`, without TLS, as the SDK's development mode does. The median and the spread are of ${run.repetitions} repetitions,
each with a fresh process and, but for the rows with many messages, a fresh file; a figure without a spread was taken once. The emulator is the bundled file of the image, with the image's Node flags.

The **bare server** is a server on the same libraries that stores nothing and checks nothing: rhea accepting what comes and sending a made message for each credit,
and an HTTPS server that reads and answers 201. It ran in turn with the emulator, so the ratio says what the emulator itself costs on whatever machine this is.
**aim** and **enough** say whether the median reaches the column of that name (enough: at least), **short** that it does not.
`;
}
