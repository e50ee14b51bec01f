/** Says of one message that it cannot be published; the message of the error says why, behind its name. */
export class MessageError extends Error {
  /** Whether it is worth another try or two: a file that cannot be read just now. */
  readonly passing: boolean;

  constructor(message: string, options: { readonly passing?: boolean; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.passing = options.passing ?? false;
  }
}
