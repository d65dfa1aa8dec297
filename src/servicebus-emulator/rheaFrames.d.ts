/** rhea's own frame constructors, which its typings leave out. */
declare module "rhea/lib/frames.js" {
  const frames: {
    disposition(fields: { role: boolean; first: number; last: number; settled: boolean; state: unknown }): unknown;
  };
  export default frames;
}
