import { systemClock, type Clock } from './clock.ts';
import { createEventStreamReader } from './event-stream.ts';
import {
  failureOf,
  SubscriptionCut,
  SubscriptionRefused,
  type GatewayError,
  type Subscribe,
  type SubscriptionAnswer,
  type SubscriptionRequest,
} from './subscribe.ts';

/** Where to subscribe, and how. */
export interface ServerSentEventsOptions {
  /** The gateway's GraphQL endpoint. */
  readonly url: string;
  /** Headers, such as the credential; asked for at every attempt. */
  readonly headers?: () =>
    Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly fetch?: typeof fetch;
  /** A stream on which nothing comes for so long is taken for cut. The gateway's heartbeats come at least every 15 s. */
  readonly silenceMilliseconds?: number;
  readonly clock?: Clock;
}

const SILENCE_MS = 45_000;

/** Statuses that pass, from whatever stands between client and gateway. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Subscribes by server-sent events over fetch, a request for each subscription. A stream that ends without the gateway's `complete` is
 * cut, however cleanly it ended.
 */
export function overServerSentEvents(options: ServerSentEventsOptions): Subscribe {
  const { url, silenceMilliseconds = SILENCE_MS, clock = systemClock } = options;
  return async function* subscribe<Result>(request: SubscriptionRequest, signal: AbortSignal) {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    signal.addEventListener('abort', end);
    let cancelSilence = (): void => undefined;
    const hear = (): void => {
      cancelSilence();
      cancelSilence = clock.after(silenceMilliseconds, end);
    };
    try {
      if (signal.aborted) return;
      hear();
      const response = await (options.fetch ?? fetch)(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          ...(await options.headers?.()),
        },
        body: JSON.stringify(request),
        signal: ending.signal,
      });
      // There is nothing to tell, now or later.
      if (response.status === 204) return;
      yield* answersIn<Result>(await streamOf(response), hear);
    } catch (error) {
      if (error instanceof SubscriptionCut || error instanceof SubscriptionRefused) throw error;
      const message = ending.signal.aborted
        ? 'Nothing was heard of the gateway.'
        : 'The connection failed.';
      throw new SubscriptionCut(message, { cause: error });
    } finally {
      cancelSilence();
      signal.removeEventListener('abort', end);
      end();
    }
  };
}

/** Returns at `complete`; throws SubscriptionCut when the stream ends before. */
async function* answersIn<Result>(
  stream: ReadableStream<Uint8Array>,
  hear: () => void,
): AsyncGenerator<SubscriptionAnswer<Result>, void, void> {
  const events = createEventStreamReader();
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new SubscriptionCut('The stream ended without having been completed.');
    hear();
    for (const { type, data } of events.read(decoder.decode(value, { stream: true }))) {
      if (type === 'complete') return;
      if (type !== 'next') continue;
      const answer: SubscriptionAnswer<Result> = JSON.parse(data);
      yield answer;
    }
  }
}

/** The events; throws what the gateway, or what stands before it, answered instead. */
async function streamOf(response: Response): Promise<ReadableStream<Uint8Array>> {
  const { status, body } = response;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (response.ok && isStream && body !== null) return body;
  const errors = await errorsIn(response);
  if (errors.length > 0) throw failureOf(errors);
  const message = `Instead of events came an answer with HTTP status ${status}.`;
  if (status >= 500 || PASSING.has(status)) {
    const seconds = Number(response.headers.get('retry-after'));
    throw new SubscriptionCut(message, { retryAfterSeconds: seconds > 0 ? seconds : 0 });
  }
  throw status === 401 || status === 403
    ? new SubscriptionCut(message, { isDenial: true })
    : new SubscriptionRefused(message, null);
}

async function errorsIn(response: Response): Promise<readonly GatewayError[]> {
  try {
    const { errors }: { errors?: readonly GatewayError[] } = await response.json();
    return Array.isArray(errors) ? errors : [];
  } catch {
    return [];
  }
}
