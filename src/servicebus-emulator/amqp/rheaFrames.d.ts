/** rhea's own frame codec, which its typings leave out. */
declare module "rhea/lib/frames.js" {
  type Fields = Record<string, unknown>;
  const frames: {
    open(fields: Fields): unknown;
    begin(fields: Fields): unknown;
    attach(fields: Fields): unknown;
    detach(fields: Fields): unknown;
    end(fields: Fields): unknown;
    close(fields: Fields): unknown;
    sasl_mechanisms(fields: Fields): unknown;
    sasl_outcome(fields: Fields): unknown;
    amqp_frame(channel: number, performative: unknown): unknown;
    sasl_frame(performative: unknown): unknown;
    flow(fields: Fields): unknown;
    transfer(fields: Fields): unknown;
    disposition(fields: Fields): unknown;
    sasl_init(fields: Fields): unknown;
    write_frame(frame: unknown): Buffer;
    read_frame(bytes: Buffer): { channel: number; type: number; performative?: unknown; payload?: Buffer };
  };
  export default frames;
}
