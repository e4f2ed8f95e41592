import { Agent, request, type Dispatcher } from 'undici';
import type { ForwardProxy } from '../../runtime/network/connections.ts';
import {
  AddressNotPublicError,
  createGuardedConnector,
  type FindAddresses,
} from './guarded-connector.ts';
import { createGuardedTunnels } from './guarded-tunnels.ts';
import { expectedDigests, type ExpectedDigest } from './expected-digests.ts';
import { parseUrl } from '../../runtime/urls.ts';

/** A source that answers. The body is to be read to its end or destroyed. */
export interface OpenedSource {
  readonly kind: 'opened';
  readonly body: AsyncIterable<Uint8Array> & { destroy(): unknown };
  /** As announced; null: it was not. */
  readonly bytes: number | null;
  /** What the source says of the bytes; empty where it says nothing. */
  readonly digests: readonly ExpectedDigest[];
}

/** What came of asking for a file. */
export type FetchOutcome =
  | OpenedSource
  /** It will not come, whoever asks again. `problem`: for people. */
  | { readonly kind: 'gone'; readonly problem: string }
  /** It may come later, and not before `retryAfterMs` where that is given. */
  | { readonly kind: 'later'; readonly problem: string; readonly retryAfterMs: number | null };

/** Asks for files of the public internet. */
export interface MediaFetcher {
  /** Follows three redirects at most. Rejects never. */
  fetch(url: string, signal: AbortSignal): Promise<FetchOutcome>;
  close(): Promise<void>;
}

const MOST_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * An output can be announced before it can be read, and storages answer either for what is not
 * there yet.
 */
const MAY_COME: ReadonlySet<number> = new Set([401, 403, 404, 408, 409, 425, 429]);

/** The way to what is asked over each scheme; null: there is no proxy. */
export interface ProxiesByScheme {
  readonly http: ForwardProxy | null;
  readonly https: ForwardProxy | null;
}

/**
 * `allowedOrigins`: those that may be at any address: a stand-in for AKOOL on this machine; no
 * proxy is asked for them. Times are in milliseconds: `connectMs` for a connection, `silentMs` for
 * the longest silence of a source.
 */
export function createMediaFetcher(parts: {
  readonly allowedOrigins: readonly string[];
  readonly proxies: ProxiesByScheme;
  readonly find: FindAddresses;
  readonly connectMs: number;
  readonly silentMs: number;
}): MediaFetcher {
  const { find, proxies, connectMs } = parts;
  const allowed = new Set(parts.allowedOrigins.map((origin) => new URL(origin).host));
  const options = {
    connect: createGuardedConnector({ find, allowed, connectTimeoutMs: connectMs }),
    headersTimeout: parts.silentMs,
    bodyTimeout: parts.silentMs,
    maxOrigins: 1_000,
  };
  const wayBy = (proxy: ForwardProxy | null): Dispatcher =>
    proxy === null
      ? new Agent(options)
      : createGuardedTunnels(options, { proxy, direct: allowed, find, connectMs });
  const ways = { http: wayBy(proxies.http), https: wayBy(proxies.https) };
  return {
    fetch: (url, signal) => follow(ways, url, signal),
    close: async () => void (await Promise.all([ways.http.destroy(), ways.https.destroy()])),
  };
}

async function follow(
  ways: Readonly<Record<'http' | 'https', Dispatcher>>,
  from: string,
  signal: AbortSignal,
): Promise<FetchOutcome> {
  let url = from;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const scheme = schemeOf(url);
    if (scheme === null) return { kind: 'gone', problem: 'The source is no http or https URL.' };
    let answer: Dispatcher.ResponseData;
    try {
      answer = await request(url, {
        dispatcher: ways[scheme],
        signal,
        headers: { 'accept-encoding': 'identity', accept: 'video/*, image/*, */*;q=0.1' },
      });
    } catch (error) {
      return unreachable(error);
    }
    if (!REDIRECTS.has(answer.statusCode)) return judge(answer);
    const target = oneOf(answer.headers['location']);
    discard(answer.body);
    const next = target === null ? null : parseUrl(target, url);
    if (next === null) return { kind: 'gone', problem: 'The source redirects to nowhere.' };
    url = next.href;
  }
  return { kind: 'gone', problem: `The source redirects more than ${MOST_REDIRECTS} times.` };
}

function judge({ statusCode, headers, body }: Dispatcher.ResponseData): FetchOutcome {
  if (statusCode === 200) {
    const announced = Number(oneOf(headers['content-length']) ?? Number.NaN);
    return {
      kind: 'opened',
      // Whoever reads it hears of its errors by reading.
      body: body.on('error', () => {}),
      bytes: Number.isSafeInteger(announced) ? announced : null,
      digests: expectedDigests((name) => oneOf(headers[name])),
    };
  }
  discard(body);
  const problem = `The source answered HTTP ${statusCode}.`;
  if (statusCode < 500 && !MAY_COME.has(statusCode)) return { kind: 'gone', problem };
  return { kind: 'later', problem, retryAfterMs: secondsIn(oneOf(headers['retry-after'])) };
}

/** What a destroyed body throws has nobody to hear it. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {}).destroy();
}

function unreachable(error: unknown): FetchOutcome {
  if (error instanceof AddressNotPublicError) return { kind: 'gone', problem: error.message };
  return { kind: 'later', problem: 'The source could not be reached.', retryAfterMs: null };
}

function schemeOf(url: string): 'http' | 'https' | null {
  const protocol = parseUrl(url)?.protocol;
  if (protocol === 'http:') return 'http';
  return protocol === 'https:' ? 'https' : null;
}

function oneOf(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

/** In milliseconds; null where it is no number of seconds. */
function secondsIn(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : null;
}
