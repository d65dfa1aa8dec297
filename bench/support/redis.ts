import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * The path of a Redis server, to be started under the name `redis-server`: Debian's redis-tools has the server too, as redis-check-rdb, and
 * what that does depends on its name.
 * @throws where there is none.
 */
export function redisBinary(): string {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin"];
  for (const name of ["redis-server", "redis-check-rdb"]) {
    const found = directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  throw new Error("no redis-server: install the package redis-server or redis-tools");
}
