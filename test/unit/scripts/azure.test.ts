import { readFileSync } from "node:fs";
import { join } from "node:path";
import { wrongIn } from "../../../scripts/azure/check.ts";
import { azCommandsIn } from "../../../scripts/azure/commands.ts";
import { optionsIn } from "../../../scripts/azure/help.ts";

const PAGE = `
Text with az aks create --not-in-a-block.

\`\`\`sh
az login
export ISSUER=$(az aks show --name "$NAME" --query "a | b.c" --output tsv)
az servicebus queue create -g "$GROUP" --name orders \\
  --lock-duration PT1M # with a comment --no-option
for name in a b; do
  az role assignment create --scope "$(az identity show --name "$name" --query id)" --role 'Data Owner' | jq --raw-output .
done
az resource create --id "$ID" --properties '{
  "sku": { "name": "--not-an-option" } }'
login() { az account show --query=id; }
\`\`\`

\`\`\`yaml
az: --no
\`\`\`
`;

/** As \`az\` prints it. */
const HELP = `
Command
    az aks show : Show the details for a managed Kubernetes cluster.

Arguments
    --name -n           [Required] : Name of the managed cluster. --not-an-option
    --app-routing --ar   [Preview] : Text
        that goes on: --nor-this
    --query                        : JMESPath query string.
`;

test("every command of a page's shell is found, with its options and its line, and nothing else", () => {
  expect(azCommandsIn(PAGE).map(({ line, name, options }) => [line, name, ...options].join(" "))).toEqual([
    "5 login",
    "6 aks show --name --query --output",
    "7 servicebus queue create -g --name --lock-duration",
    "10 identity show --name --query",
    "10 role assignment create --scope --role",
    "12 resource create --id --properties",
    "14 account show --query",
  ]);
});

test("options are what a command's help names before the colon", () => {
  expect([...optionsIn(HELP)]).toEqual(["--name", "-n", "--app-routing", "--ar", "--query"]);
  expect([...optionsIn("Group\n    az aks : Manage.\n")]).toEqual([]);
});

test("a command and an option that do not exist are named, with the line and what may be meant", async () => {
  const page = "```sh\naz aks show --nam x -n x\naz aks sho --name x\n```";
  const helpsOf = (names: readonly string[]): Promise<Map<string, string>> =>
    Promise.resolve(new Map(names.map((name) => [name, name === "aks show" ? HELP : ""])));
  expect(await wrongIn(azCommandsIn(page), helpsOf)).toEqual([
    "line 2: az aks show has no option --nam; did you mean --name?",
    "line 3: there is no command az aks sho",
  ]);
});

test("docs/how-to/azure.md names what the overlay needs", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/how-to/azure.md"), "utf8");
  const names = azCommandsIn(page).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      ...["aks create", "acr build", "servicebus queue create", "resource create", "keyvault secret set"],
      ...["identity create", "identity federated-credential create", "role assignment create", "group delete"],
    ]),
  );
});
