/** The story cannot go on. The message says why, in sentences for the person at the terminal. */
export class DemoError extends Error {
  override readonly name: string = 'DemoError';
}

/** The gateway answered with a top-level GraphQL error. */
export class GraphqlError extends DemoError {
  override readonly name = 'GraphqlError';
  /** `extensions.code`; empty where there was none. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(code === '' ? message : `${message} (${code})`);
    this.code = code;
  }
}
