/** Stretches of rising or falling after the first rise, of replicas one after the other. */
export function directionChangesIn(path: readonly number[]): number {
  const directions = path.slice(1).map((replicas, index) => Math.sign(replicas - (path[index] ?? replicas)));
  const stretches = directions.filter((direction, index) => direction !== directions[index - 1]);
  return stretches.length - (stretches.includes(1) ? 1 : 0);
}
