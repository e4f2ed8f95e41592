import type { BuyResult, PurchaseRequests, RecoverResult } from './buy-once.ts';
import { CreateHeadSwapTaskDocument, RecoverCreateDocument } from './generated/operations.ts';
import type { OperationText } from './operation-text.ts';

/** Sends a query or mutation and returns its data. Rejects when there is no answer, or one with top-level errors. */
export type Ask = <Result, Variables extends object>(
  document: OperationText<Result, Variables>,
  variables: Variables,
) => Promise<Result>;

/** Where to send operations, and how. */
export interface AskOptions {
  /** The gateway's GraphQL endpoint. */
  readonly url: string;
  /** Headers, such as the credential; asked for with every request. */
  readonly headers?: () =>
    Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly fetch?: typeof fetch;
}

/** A top-level error of the gateway's, or an answer that is not the gateway's. */
export class AskError extends Error {
  override readonly name: string = 'AskError';
  /** The gateway's `extensions.code`; null: what answered was not the gateway. */
  readonly code: string | null;
  /** The least time to wait before asking again, where the gateway said one. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, code: string | null, retryAfterSeconds: number | null) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly retryAfterSeconds?: number };
  }[];
}

/** Asks with nothing but fetch. */
export function askOverFetch(options: AskOptions): Ask {
  return async <Result, Variables extends object>(
    document: OperationText<Result, Variables>,
    variables: Variables,
  ) => {
    const response = await (options.fetch ?? fetch)(options.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(await options.headers?.()),
      },
      body: JSON.stringify({ query: document.toString(), variables }),
    });
    const answer: Answer<Result> | null = await response.json().catch(() => null);
    const [error] = answer?.errors ?? [];
    if (error !== undefined) {
      const { code = null, retryAfterSeconds = null } = error.extensions ?? {};
      throw new AskError(error.message, code, retryAfterSeconds);
    }
    if (answer?.data == null) {
      throw new AskError(
        `What answered with HTTP status ${response.status} is not the gateway.`,
        null,
        null,
      );
    }
    return answer.data;
  };
}

/** Sends an operation's text and returns its data, of whatever type is expected; rejects like Ask. */
export type SendOperation = <Result>(query: string, variables: object) => Promise<Result>;

/** What buyOnce asks, through anything that takes operations as strings, such as graphql-request. */
export function requestsByAsking(send: SendOperation): PurchaseRequests {
  const ask: Ask = (document, variables) => send(document.toString(), variables);
  return {
    async create(input): Promise<BuyResult> {
      const { createHeadSwapTask } = await ask(CreateHeadSwapTaskDocument, { input });
      if (createHeadSwapTask === null) throw new AskError('There was no answer.', null, null);
      return createHeadSwapTask;
    },
    async recover(idempotencyKey): Promise<RecoverResult> {
      return (await ask(RecoverCreateDocument, { idempotencyKey })).createHeadSwapTaskResult;
    },
  };
}
