import type { GraphQLFormattedError } from 'graphql';
import type { WatcherTransport } from '../operation-observer.ts';

/** The transports that are one answer each. */
export type StreamTransport = Exclude<WatcherTransport, 'websocket'>;

/** How the payloads of a subscription are written into one answer. */
export interface StreamFormat {
  /** As whoever counts calls it. */
  readonly transport: StreamTransport;
  /** The headers, beside those that every answer has. */
  readonly head: Readonly<Record<string, string>>;
  /** What comes before everything else. */
  readonly start: string;
  /** Keeps proxies from closing an idle stream and finds peers that are gone. */
  readonly beat: string;
  /** One payload; `id` is what a reader that comes back tells to have seen, null: nothing. */
  next(payload: string, id: string | null): string;
  /** The end of a stream that ended by itself. */
  readonly complete: string;
  /** The end of a stream that the gateway cuts, which its reader is to take for a cut. */
  cut(error: GraphQLFormattedError): string;
}
