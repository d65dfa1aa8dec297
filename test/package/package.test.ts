import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { ServiceBusClient } from "@azure/service-bus";
import { formatJson } from "../../loadtest/report/json.ts";
import { formatJunit } from "../../loadtest/report/junit.ts";
import { reportHtml } from "../../loadtest/report/html/report.ts";
import { renderTable } from "../../loadtest/report/table.ts";
import { eventually } from "../support/eventually.ts";
import { compared } from "../unit/loadtest/reportFixtures.ts";
import { startFakeApiServer } from "../unit/loadtest/fakeApiServer.ts";
import { answersWith, hpa, service, workload } from "../unit/scripts/init/objects.ts";
import { installPackage, ROOT, type InstalledPackage } from "./support/installed.ts";

let installed: InstalledPackage;

beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => {
  installed.remove();
});

const read = (file: string): string => readFileSync(join(installed.packageFolder, file), "utf8");

function files(): string[] {
  return readdirSync(installed.packageFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(installed.packageFolder.length + 1));
}

const chunks = (): string[] => files().filter((file) => file.startsWith("dist/package/chunks/"));

test("the tarball holds the command's files and nothing else of the repository", () => {
  const others = files().filter((file) => !/^dist\/package\/chunks\/[\w-]+\.js$/.test(file));
  expect(others.sort()).toEqual([
    "LICENSE",
    "README.md",
    "dist/package/THIRD-PARTY-LICENSES",
    "dist/package/ownsignal.js",
    "package.json",
  ]);
  for (const file of files()) expect([file, read(file).includes(ROOT)]).toEqual([file, false]);
});

test("nothing is run at an installation, and nothing else is installed", () => {
  const { scripts, dependencies, engines } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const atInstallation = ["preinstall", "install", "postinstall", "prepare"];
  expect(Object.keys(scripts ?? {}).filter((name) => atInstallation.includes(name))).toEqual([]);
  expect(dependencies).toBeUndefined();
  expect(engines).toEqual({ node: ">=24" });
  expect(installed.installation).toContain("added 1 package");
  expect(installed.installation).not.toMatch(/install-scripts|warn/);
  expect(readdirSync(join(installed.folder, "node_modules")).sort()).toEqual([
    ".bin",
    ".package-lock.json",
    "ownsignal",
  ]);
});

test("what only a clone needs is not in it", () => {
  const sources = new Set(
    chunks().flatMap((file) => [...read(file).matchAll(/^\s*\/\/ (\S+\.ts)$/gm)].map(([, path]) => path)),
  );
  // Or the comments that name each source would not be there any more.
  expect(sources).toContain("scripts/cli/main.ts");
  expect(
    [...sources].filter((path) =>
      // Where the embedded cluster is, the proof has to know: what it changes there is written down in the cluster's own folder.
      /^scripts\/(cluster\/embedded\/(?!layout\.ts)|images|setup\/controllers\/install|ci|mutants|package)\b/.test(
        path ?? "",
      ),
    ),
  ).toEqual([]);
  for (const file of chunks()) expect(read(file)).not.toMatch(/from ?"esbuild"|import\("esbuild"\)/);
});

test("the licence of every package that has code in it is in it", () => {
  const text = read("dist/package/THIRD-PARTY-LICENSES");
  const names = new Set(
    chunks().flatMap((file) =>
      [...read(file).matchAll(/^\s*(?:\/\/ |")\S*node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm)].map(([, name]) => name),
    ),
  );
  expect(names.size).toBeGreaterThan(10);
  // An alias is listed under the package's own name.
  const aliases: Record<string, string> = { "prom-client": "@prometheus-io/client" };
  const listed = (name: string): boolean => text.includes(`\n${aliases[name] ?? name} `);
  expect([...names].filter((name) => name !== undefined && !listed(name))).toEqual([]);
  expect(listed("uplot")).toBe(true);
  expect(text).toContain("Changed by ownsignal:\n\ndiff --git a/node_modules/rhea/lib/session.js");
});

test("--version, --help, and npx with the tarball", async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  expect(await installed.run(["--version"])).toEqual({ code: 0, output: `${version}\n` });
  const { code, output } = await installed.run(["--help"]);
  expect(code).toBe(0);
  for (const name of ["prove", "init", "doctor", "watch", "report", "emulator"]) {
    expect(output).toMatch(new RegExp(`^  ${name} `, "m"));
  }
  const npx = await installed.runIn(installed.emptyFolder, "npx", [
    "--yes",
    `../${basename(installed.tarball)}`,
    "--version",
  ]);
  expect(npx).toEqual({ code: 0, output: `${version}\n` });
});

test.each([
  [["prov"], 'there is no subcommand "prov"', "did you mean prove?"],
  [["toString"], 'there is no subcommand "toString"', "there are prove, init"],
  [["--verison"], "there is no option --verison before a subcommand", "--help and --version"],
  [["prove"], "there is no file to prove", "ownsignal prove -f autoscaling.yaml"],
  [["init"], "there is no kubeconfig", "let KUBECONFIG name yours"],
  [["init", "-n", "Shop"], '"Shop" cannot be a namespace', "small letters, digits and hyphens"],
  [["doctor"], "in a clone only", "ownsignal doctor path/to/overlay"],
  [["report"], "there is no report to render", "ownsignal report <file>"],
  [["report", "--outt", "x"], "Unknown option '--outt'", "ownsignal report --help"],
  [["report", "a", "b"], '"b" is one argument too many', "ownsignal report --help"],
  [["watch", "--port", "x"], "--port x is not a port", "a number from 1 to 65535"],
  [["watch", "--context", "staging"], "--context staging: there is no kubeconfig", "let KUBECONFIG name yours"],
  [["emulator", "--prot", "1"], "Unknown option '--prot'", "ownsignal emulator --help"],
])("%j is refused with exit code 2 and a fix", async (args, what, fix) => {
  const { code, output } = await installed.run(args);
  expect(code).toBe(2);
  expect(output).toMatch(/^\nerror: .+\n  Fix: .+\n$/);
  expect(output).toContain(what);
  expect(output).toContain(fix);
});

test("an older Node is told which one is needed", async () => {
  const older = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'22.4.1'}})";
  const { code, output } = await installed.run(["--version"], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(older)}`,
  });
  expect([code, output]).toEqual([
    2,
    expect.stringContaining("ownsignal needs Node 24 or newer, and this is Node 22.4.1"),
  ]);
});

test("report renders a report.json as the proof does", async () => {
  const report = compared();
  const folder = join(installed.folder, "proof");
  mkdirSync(folder);
  writeFileSync(join(folder, "report.json"), formatJson(report));
  const { code, output } = await installed.run(["report", "proof", "--out", "rendered"]);
  expect(output).toBe(`${renderTable(report, { color: false })}\n\nreport: rendered/report.html\n`);
  expect(code).toBe(0);
  const written = (file: string): string => readFileSync(join(installed.folder, "rendered", file), "utf8");
  const page = written("report.html");
  // Compared here, since a page in a message of jest is unreadable.
  expect(page === (await reportHtml(report))).toBe(true);
  const [, script = ""] = /<script>([^]*?)<\/script>/.exec(page) ?? [];
  // The page's code with the library that draws its charts.
  expect(script.length).toBeGreaterThan(50_000);
  expect(written("junit.xml")).toBe(formatJunit(report));
  expect(readdirSync(join(installed.folder, "rendered")).sort()).toEqual(["junit.xml", "report.html"]);
});

test("watch serves its page for a context's cluster and namespace", async () => {
  // An API server that has nothing but a version: all else is a gap on the page.
  const apiServer = createServer(({ url }, response) => {
    response.writeHead(url === "/version" ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify({ gitVersion: "v1.36.3" }));
  }).listen(0, "127.0.0.1");
  await once(apiServer, "listening");
  const { port } = apiServer.address() as AddressInfo;
  const kubeconfig = join(installed.folder, "kubeconfig");
  const context = { cluster: "staging-cluster", user: "me", namespace: "shop" };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", users: [{ name: "me", user: {} }] },
      // Without TLS the client takes a server only where it need not check its certificate.
      clusters: [
        {
          name: "staging-cluster",
          cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
        },
      ],
      contexts: [{ name: "staging", context }],
    }),
  );
  const watch = installed.start(["watch", "--context", "staging"], { KUBECONFIG: kubeconfig });
  try {
    const address = await eventually("watch prints its address", () => /^http:\S+$/m.exec(watch.output())?.[0]);
    const page = await (await fetch(address)).text();
    expect(page).toContain("Namespace shop on staging-cluster");
    expect(page).toMatch(/<script>[^]{50000}/);
  } finally {
    const code = await watch.end("SIGINT");
    apiServer.close();
    apiServer.closeAllConnections();
    expect([code, watch.output()]).toEqual([0, expect.stringMatching(/^http:/)]);
  }
});

test("init writes a file that prove takes", async () => {
  const server = await startFakeApiServer(
    answersWith({
      deployments: [workload("web")],
      autoscalers: [hpa("web")],
      services: [service("web", [{ port: 80 }])],
    }),
  );
  const folder = join(installed.folder, "init");
  mkdirSync(folder);
  const environment = { KUBECONFIG: join(folder, "kubeconfig") };
  writeFileSync(environment.KUBECONFIG, server.kubeConfig.exportConfig());
  try {
    const { code, output } = await installed.run(["init", "-n", "shop", "--out", "init/autoscaling.yaml"], environment);
    expect([code, output]).toEqual([0, expect.stringContaining("ownsignal prove -f init/autoscaling.yaml")]);
    expect(readdirSync(folder).sort()).toEqual([
      "autoscaling.schema.json",
      "autoscaling.yaml",
      "kubeconfig",
      "load-web.js",
    ]);
    expect(await installed.run(["prove", "-f", "init/autoscaling.yaml", "--list"], environment)).toEqual({
      code: 0,
      output: "web\n",
    });
  } finally {
    await server.close();
  }
});

test("doctor says that it needs kubectl", async () => {
  const { code, output } = await installed.run(["doctor", "overlay"], { PATH: dirname(process.execPath) });
  expect([code, output]).toEqual([2, expect.stringContaining("kubectl cannot be run, which renders the overlay")]);
});

test("emulator keeps its state in its own folder, and Azure's SDK sends and receives", async () => {
  const ports = ["--port", "--https-port", "--http-port", "--metrics-port"].flatMap((option) => [option, "0"]);
  const emulator = installed.start(["emulator", ...ports]);
  try {
    const connection = await eventually("the emulator prints its connection string", () =>
      emulator.output().includes("Ctrl-C stops it")
        ? /Endpoint=\S+;UseDevelopmentEmulator=true/.exec(emulator.output())?.[0]
        : undefined,
    );
    const client = new ServiceBusClient(connection, { retryOptions: { maxRetries: 0, timeoutInMs: 10_000 } });
    await client.createSender("orders").sendMessages({ body: "hello" });
    const receiver = client.createReceiver("orders");
    const [message] = await receiver.receiveMessages(1);
    expect(message?.body).toBe("hello");
    if (message !== undefined) await receiver.completeMessage(message);
    await client.close();
  } finally {
    expect(await emulator.end("SIGINT")).toBe(0);
  }
  const state = /the key in (\S+)\/keys\.json/.exec(emulator.output())?.[1] ?? "";
  expect(readdirSync(state).sort()).toEqual(["ca.crt", "keys.json", "servicebus.db", "tls.crt", "tls.key"]);
});

describe("rhea in the bundle settles neighbouring deliveries each in its own way", () => {
  const PATCHED = "first !== delivery && !message.are_outcomes_equivalent";

  /** The outcomes that its client gets; the installed file is left as it is, beside the changed one. */
  async function outcomesWith(name: string, change: (code: string) => string): Promise<string> {
    const file = chunks().find((chunk) => read(chunk).includes('"node_modules/rhea/lib/container.js"'));
    if (file === undefined) throw new Error("rhea is not in the package");
    const code = read(file);
    const container = /var (\w+) = __commonJS\(\{\s*"node_modules\/rhea\/lib\/container\.js"/.exec(code)?.[1];
    if (container === undefined) throw new Error("rhea's container is not where it was");
    const path = join(installed.packageFolder, "dist/package/chunks", name);
    writeFileSync(path, `${change(code)}\nexport const rhea = ${container}();\n`);
    const script = join(import.meta.dirname, "support/settleInOneTick.ts");
    return (await installed.runIn(installed.folder, process.execPath, [script, path])).output;
  }

  test("with the patch", async () => {
    expect(await outcomesWith("patched.mjs", (code) => code)).toBe("rejected accepted released");
  });

  test("and not without it, or this would show nothing", async () => {
    const unpatched = await outcomesWith("unpatched.mjs", (code) => {
      expect(code).toContain(PATCHED);
      return code.replace(PATCHED, "first !== last && !message.are_outcomes_equivalent");
    });
    expect(unpatched).toBe("rejected rejected released");
  });
});
