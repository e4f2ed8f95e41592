import type { JobStatus, TypedDocumentString } from '../../client-operations/graphql.ts';
import { DemoError, GraphqlError } from './demo-error.ts';
import { isCloseEvent, type GatewayClient } from './gateway-client.ts';

/** What every subscription to a job tells. */
export interface JobState {
  readonly status: JobStatus;
  /** 0 to 100. */
  readonly progress: number;
  readonly version: number;
  readonly failure: { readonly reason: string; readonly code: number | null } | null;
}

/** What to watch, and what to do with it. */
export interface Watch<Result, State> {
  readonly operation: TypedDocumentString<Result, { id: string; after?: number | null }>;
  readonly id: string;
  readonly stateOf: (event: Result) => State;
  /** Called for the present state and for each newer one. */
  readonly show: (state: State) => void;
  readonly signal: AbortSignal;
}

/**
 * Watches a job to its end and returns its last state. A connection that breaks is opened again,
 * and the watch goes on after the version last seen. Throws DemoError when the job FAILED or cannot
 * be watched.
 */
export async function watchJob<Result, State extends JobState>(
  { socket }: GatewayClient,
  { operation, id, stateOf, show, signal }: Watch<Result, State>,
): Promise<State> {
  const last = await new Promise<State | null>((resolve, reject) => {
    let seen: State | null = null;
    // The client sends this object again when it connects again, as it is by then.
    const variables: { id: string; after?: number } = { id };
    const leave = socket.subscribe<Result>(
      { query: operation.toString(), variables },
      {
        next({ data, errors }) {
          if (data == null) return reject(problemOf(errors));
          seen = stateOf(data);
          variables.after = seen.version;
          return show(seen);
        },
        error: (error) => reject(problemOf(error)),
        complete: () => resolve(seen),
      },
    );
    const abort = (): void => {
      reject(new DemoError('Stopped.'));
      leave();
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  if (last?.status === 'COMPLETED') return last;
  const { reason, code } = last?.failure ?? { reason: 'the gateway ended the watch', code: null };
  throw new DemoError(`It failed: ${reason}${code === null ? '' : ` (AKOOL's code ${code})`}`);
}

function problemOf(error: unknown): DemoError {
  if (isErrorList(error)) {
    const [first] = error;
    return new GraphqlError(first?.message ?? 'No reason given.', first?.extensions?.code ?? '');
  }
  return new DemoError(
    isCloseEvent(error)
      ? `The gateway ended the WebSocket: ${error.code} ${error.reason}`.trimEnd()
      : 'The WebSocket to the gateway broke, and could not be opened again.',
  );
}

type ErrorList = readonly { message: string; extensions?: { code?: string } }[];

/**
 * What the client hands on is one of three: the gateway's errors, how the socket ended, or an error
 * of its own.
 */
function isErrorList(error: unknown): error is ErrorList {
  return Array.isArray(error);
}
