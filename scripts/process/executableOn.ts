import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of the first program of this name in the folders of a search path, as PATH holds them. */
export function executableOn(searchPath: string, name: string): string | undefined {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for this user: the search goes on.
    return false;
  }
}
