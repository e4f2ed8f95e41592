import type { Clock, Random } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { noTracer, type Tracer } from '../runtime/tracing/tracer.ts';
import type { ForwardProxy } from '../runtime/network/connections.ts';
import { createAccountWatch, DOES_NOT_EXIST_CODE, readingOf } from './codes.ts';
import type { Endpoint, Envelope, HttpRequest } from './http.ts';
import { createReads, type Read } from './reading/get-with-retries.ts';
import {
  createBearerToken,
  signInWithKey,
  signInWithToken,
  type BearerToken,
  type SignIn,
} from './sign-in.ts';
import { unobservedRequests, type RequestObserver, observeRequests } from './observe-requests.ts';
import { createSubmit } from './sending/send-once.ts';
import { ANSWER_WITHIN_MS } from './sending/submission-deadlines.ts';
import { createTextCleaner, type TextCleaner } from './redact.ts';
import {
  fromTaskOrder,
  fromVideoUrl,
  isJobId,
  toAnalysis,
  toQuota,
  toTask,
  toToken,
} from './shapes/translate.ts';
import {
  UpstreamError,
  type Denial,
  type ProcessingErrorPolicy,
  type Upstream,
} from './upstream.ts';

/** One AKOOL account and how to speak to it. */
export interface AkoolClientOptions {
  /** http or https; may carry a path, with or without a slash at its end. */
  readonly baseUrl: string;
  /** The API key, which is also the clientSecret of getToken. */
  readonly apiKey: string;
  /** Needed for `auth: 'token'` alone. */
  readonly clientId: string | null;
  /** `key`: x-api-key. `token`: a bearer token from getToken. Never both. */
  readonly auth: 'key' | 'token';
  /**
   * What a create that AKOOL answered with 1015 and no job is taken for; `refused` unless given.
   */
  readonly processingError?: ProcessingErrorPolicy;
  /** On the way there, for whatever is asked; null, or not given: there is none. */
  readonly proxy?: ForwardProxy | null;
  /** For a whole read, retries included. */
  readonly readTimeoutMs: number;
  /** For a whole submit or create once the connection stands; 120,000 unless given. */
  readonly submitTimeoutMs?: number;
  /**
   * For making a connection, TLS included; 5,000 unless given, less where `readTimeoutMs` is short.
   */
  readonly connectTimeoutMs?: number;
  /** Beside the API key and tokens: what else must never show in a message. */
  readonly secrets?: readonly string[];
  /** Default: nobody. */
  readonly observer?: RequestObserver;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
  /** Whether AKOOL is told which trace a request belongs to. Default: false. */
  readonly tellsTrace?: boolean;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A busy process needs as long to notice that it is connected. */
const LEAST_BEFORE_SENDING_MS = 1_000;

const PATHS = {
  analyze: '/api/open/v4/headswap/analyze',
  analysis: '/api/open/v4/headswap/analyze/detail?_id=',
  create_task: '/api/open/v4/headswap/task/create',
  task: '/api/open/v4/headswap/task/detail?_id=',
  token: '/api/open/v3/getToken',
  quota: '/api/open/v3/faceswap/quota/info',
} as const satisfies Readonly<Record<Endpoint, string>>;

/**
 * A client for one account. It connects when first used; `close()` ends it. Throws TypeError for
 * `auth: 'token'` without a client id.
 */
export function createAkoolClient(options: AkoolClientOptions): Upstream {
  const { apiKey, proxy = null, readTimeoutMs, clock, random, log } = options;
  // Half of what a caller waits for an answer: who was sent nothing is to hear that, not that the
  // outcome is unknown.
  const beforeSendingMs = Math.max(LEAST_BEFORE_SENDING_MS, readTimeoutMs / 2);
  const connectTimeoutMs =
    options.connectTimeoutMs ?? Math.min(CONNECT_TIMEOUT_MS, beforeSendingMs);
  const { origin, pathname } = new URL(options.baseUrl);
  const get = (endpoint: Endpoint, id = '') => toRequest(pathname, endpoint, null, id);
  const post = (endpoint: Endpoint, body: object) => toRequest(pathname, endpoint, body);

  // Who knows the client id can sign webhooks, so it is no word for callers either.
  const text = createTextCleaner(
    [apiKey, ...(options.secrets ?? [])],
    options.clientId === null ? [] : [options.clientId],
    options.auth === 'token' ? () => bearer?.known() ?? [] : undefined,
  );
  const noteCode = createAccountWatch(log);
  const observe = observeRequests({
    observer: options.observer ?? unobservedRequests,
    tracer: options.tracer ?? noTracer,
    tells: options.tellsTrace ?? false,
    origin,
  });
  const reads = createReads({
    origin,
    proxy,
    connectTimeoutMs,
    text,
    observe,
    noteCode,
    clock,
    random,
    log,
  });
  const read = reads.within(readTimeoutMs);
  const readToken = reads.within(Math.min(readTimeoutMs, beforeSendingMs));
  const bearer = options.auth === 'token' ? createToken(options, readToken, post) : null;
  const signIn: SignIn = bearer === null ? signInWithKey(apiKey) : signInWithToken(bearer);
  const submit = createSubmit({
    origin,
    proxy,
    baseUrl: options.baseUrl,
    processingError: options.processingError ?? 'refused',
    signIn,
    text,
    observe,
    noteCode,
    connectTimeoutMs,
    timeoutMs: options.submitTimeoutMs ?? ANSWER_WITHIN_MS,
    clock,
  });
  const readJob = async <Seen extends { readonly id: string }>(
    endpoint: 'analysis' | 'task',
    id: string,
    translate: (data: unknown, text: TextCleaner) => Seen | null,
  ): Promise<Seen | Denial> => {
    // What cannot be an id at all would not survive the way into a URL; AKOOL need not be asked.
    if (!isJobId(id)) return { kind: 'DENIED', code: DOES_NOT_EXIST_CODE };
    const { code, data } = await read(get(endpoint, id), signIn);
    if (readingOf(code).read === 'denied') return { kind: 'DENIED', code };
    const seen = translate(data, text);
    if (seen === null) throw protocolError('without the job that was asked for');
    if (seen.id !== id) throw protocolError('with another job than the one asked for');
    return seen;
  };

  return {
    submitAnalysis: (videoUrl, timing) =>
      submit(post('analyze', fromVideoUrl(videoUrl)), timing, toAnalysis),
    createHeadSwapTask: (order, timing) =>
      submit(post('create_task', fromTaskOrder(order)), timing, toTask),
    readAnalysis: (id) => readJob('analysis', id, toAnalysis),
    readHeadSwapTask: (id) => readJob('task', id, toTask),
    async readCreditBalance() {
      const envelope = await read(get('quota'), signIn);
      if (readingOf(envelope.code).read === 'denied') throw refusal(envelope, text);
      const quota = toQuota(envelope.data);
      if (quota === null) throw protocolError('without the quota');
      return quota.credit;
    },
    close: () => reads.close(),
  };
}

function toRequest(
  basePath: string,
  endpoint: Endpoint,
  body: object | null,
  id = '',
): HttpRequest {
  const wholePath = basePath.replace(/\/+$/, '') + PATHS[endpoint] + encodeURIComponent(id);
  return {
    endpoint,
    method: body === null ? 'GET' : 'POST',
    path: wholePath,
    template: wholePath.replace(/\?.*$/, ''),
    headers: {},
    body: body === null ? null : JSON.stringify(body),
  };
}

function createToken(
  { clientId, apiKey }: AkoolClientOptions,
  read: Read,
  post: (endpoint: Endpoint, body: object) => HttpRequest,
): BearerToken {
  if (clientId === null) throw new TypeError('Signing in with a token needs a client id.');
  return createBearerToken(async () => {
    const { token } = await read(post('token', { clientId, clientSecret: apiKey }), null);
    const usable = toToken(token);
    if (usable === null) throw protocolError('without a usable token');
    return usable;
  });
}

function protocolError(what: string): UpstreamError {
  return new UpstreamError('protocol', `AKOOL answered ${what}.`);
}

function refusal({ code, msg }: Envelope, text: TextCleaner): UpstreamError {
  return new UpstreamError('rejected', text.clean(`AKOOL refused: ${msg}`), { akoolCode: code });
}
