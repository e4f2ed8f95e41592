/** What a subscription asks for. */
export interface SubscriptionRequest {
  readonly query: string;
  /** May change while the subscription runs: a transport that connects again by itself sends them as they are then. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** One event of a subscription. */
export interface SubscriptionAnswer<Result> {
  readonly data?: Result | null | undefined;
  readonly errors?: readonly GatewayError[] | undefined;
}

/** An error of the gateway's, as GraphQL puts it. */
export interface GatewayError {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Subscribes once. It returns when the gateway says that the subscription is complete, throws SubscriptionCut when it ended without
 * that word, and SubscriptionRefused when asking again would bring the same. An abort ends it at once.
 */
export type Subscribe = <Result>(
  request: SubscriptionRequest,
  signal: AbortSignal,
) => AsyncIterable<SubscriptionAnswer<Result>>;

/** The subscription ended before its time: asking again can bring the rest. */
export class SubscriptionCut extends Error {
  override readonly name: string = 'SubscriptionCut';
  /** The least time to wait, where the gateway said one. */
  readonly retryAfterSeconds: number;
  /** The credential was refused: a fresh one may do. */
  readonly isDenial: boolean;

  constructor(
    message: string,
    { retryAfterSeconds = 0, isDenial = false, cause }: SubscriptionCutOptions = {},
  ) {
    super(message, { cause });
    this.retryAfterSeconds = retryAfterSeconds;
    this.isDenial = isDenial;
  }
}

interface SubscriptionCutOptions {
  readonly retryAfterSeconds?: number;
  readonly isDenial?: boolean;
  readonly cause?: unknown;
}

/** The gateway refused the subscription for a fault of the request's own. */
export class SubscriptionRefused extends Error {
  override readonly name: string = 'SubscriptionRefused';
  /** The gateway's `extensions.code`, as in NOT_FOUND; null: it gave none. */
  readonly code: string | null;

  constructor(message: string, code: string | null, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** What passes, or is the gateway's own fault. Every other code is an answer to this very request. */
const PASSING: ReadonlySet<unknown> = new Set([
  'RATE_LIMITED',
  'UNAVAILABLE',
  'TIMEOUT',
  'AKOOL_UNAVAILABLE',
  'AKOOL_PROTOCOL',
  'INTERNAL',
]);

/** Which of the two the gateway's errors are. */
export function failureOf(errors: readonly GatewayError[]): SubscriptionCut | SubscriptionRefused {
  const [error] = errors;
  const message = error?.message ?? 'The gateway gave no reason.';
  const { code, retryAfterSeconds } = error?.extensions ?? {};
  if (code === 'UNAUTHENTICATED') {
    return new SubscriptionCut(message, { isDenial: true, cause: errors });
  }
  if (!PASSING.has(code)) {
    return new SubscriptionRefused(message, typeof code === 'string' ? code : null, errors);
  }
  return new SubscriptionCut(message, {
    retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 0,
    cause: errors,
  });
}
