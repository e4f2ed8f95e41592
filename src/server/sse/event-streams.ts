import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { onCredentialEnd } from '../../auth/credential-end.ts';
import type { Caller } from '../../domain/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import { closeStaggered } from '../close-staggered.ts';
import type { RequestTrace } from '../../log/request-trace.ts';
import type { ServerLimits } from '../limits.ts';
import { goingAwayError } from '../load/overload.ts';
import type { TeamQuota } from '../load/team-quota.ts';
import type { Operation } from '../operation.ts';
import type { Operations } from '../operations/operations.ts';
import { WriteBuffer } from '../write-buffer.ts';
import type { StreamMediaType } from '../accept.ts';
import { clientError, type ClientError } from '../client-error.ts';
import { lastEventId, resumeAfter } from './last-event-id.ts';
import { createLostPeers } from './lost-peers.ts';
import { streamFormats } from './stream-formats.ts';
import { StreamSubscriber } from './stream-subscriber.ts';
import { StreamWriter } from './stream-writer.ts';

/** Whose stream it is, and where it goes. */
export interface StreamFacts {
  readonly res: ServerResponse;
  readonly caller: Caller;
  readonly trace: RequestTrace;
  readonly mediaType: StreamMediaType;
}

/**
 * GraphQL over SSE, distinct connections mode, and Apollo's multipart subscriptions: one response
 * is one subscription.
 */
export interface EventStreams {
  /**
   * The subscriber at the end of a response, which counts as a connection of its team until it is
   * closed. Null: it has too many.
   */
  subscriberFor(facts: StreamFacts): StreamSubscriber | null;
  /**
   * The operation, going on after the event that its reader tells to have seen last; see
   * `resumeAfter`.
   */
  resume(operation: Operation, facts: StreamFacts): Operation;
  /**
   * Begins to answer with what comes of a subscription, then its end: a subscriber by itself, or
   * what plugins have made of it. When the response is closed, that is told to end.
   */
  answer(facts: StreamFacts, results: AsyncIterable<ExecutionResult>): void;
  /**
   * Cuts every stream in the words of its protocol, so that clients connect again; spread over
   * time.
   */
  drain(): Promise<void>;
  /** Cuts every stream at once and stops the heartbeats. */
  close(): void;
}

/**
 * Subscriptions share the groups of the WebSockets, and are bounded, expire and are cut for
 * slowness as they are.
 */
export function createEventStreams(parts: {
  readonly schema: GraphQLSchema;
  readonly describe: Operations['describe'];
  readonly connections: TeamQuota;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}): EventStreams {
  const { schema, describe, connections, clock, limits } = parts;
  const goingAway = goingAwayError(limits);
  const streams = new Set<StreamWriter>();
  const writers = new WeakMap<ServerResponse, StreamWriter>();
  /** A plugin may have put a stream of its own in the place of a subscriber. */
  const writerOf = ({ res, mediaType }: StreamFacts): StreamWriter => {
    const writer = writers.get(res) ?? new StreamWriter(res, streamFormats[mediaType]);
    writers.set(res, writer);
    return writer;
  };

  const lostPeers = createLostPeers<Socket>();
  const endLost = async (): Promise<void> => {
    const sockets = [...streams].flatMap(({ response: { socket } }) => socket ?? []);
    for (const socket of await lostPeers.among(sockets)) socket.destroy();
  };
  const beat = (): void => {
    for (const writer of streams) writer.beat();
    if (streams.size > 0) void endLost();
    cancelBeat = clock.after(limits.beatMs, beat);
  };
  let cancelBeat = clock.after(limits.beatMs, beat);

  return {
    subscriberFor(facts) {
      const { res, caller } = facts;
      if (!connections.take(caller.team)) return null;
      const writer = writerOf(facts);
      const hangUp = (): void => void res.destroy();
      const buffer = new WriteBuffer(writer.sink, parts, { readerStuck: hangUp });
      // Whoever says no more is taken to have left: a stream has no end that it could be waiting
      // for, and nearly all have gone.
      const { socket } = res;
      socket?.on('end', hangUp);
      res.on('close', () => {
        socket?.off('end', hangUp);
        buffer.release();
        connections.giveBack(caller.team);
      });
      return new StreamSubscriber(writer, buffer);
    },
    resume(operation, facts) {
      const seen = seenIn(facts);
      return seen === null ? operation : resumeAfter(operation, seen, schema);
    },
    answer(facts, results) {
      const { res, caller, trace } = facts;
      const iterator = results[Symbol.asyncIterator]();
      const endResults = (): void => void ended(iterator).catch(trace.report);
      if (res.destroyed) return endResults();
      const writer = writerOf(facts);
      // EventSource comes back to whatever ends; 204 is the one end that it takes for one.
      if (res.req.method !== 'GET' || seenIn(facts) === null) writer.open();
      streams.add(writer);
      const stopChecking = onCredentialEnd(caller, parts, (how) => {
        // Before the iterator's own end, which would complete the stream.
        writer.cut(clientError('UNAUTHENTICATED', `The credential is ${how}.`).told);
        endResults();
      });
      res.on('close', () => {
        stopChecking?.();
        streams.delete(writer);
        endResults();
      });
      if (results instanceof StreamSubscriber) results.serve();
      else void writeYielded(writer, describe, trace, iterator);
      return undefined;
    },
    async drain() {
      await closeStaggered([...streams], limits.spreadMs, clock, (writer) =>
        leave(writer, goingAway),
      );
    },
    close() {
      cancelBeat();
      for (const { response } of streams) response.destroy();
    },
  };
}

/**
 * A subscriber yields nothing; what is yielded comes from a plugin that has put a stream of its own
 * in its place.
 */
async function writeYielded(
  writer: StreamWriter,
  describe: Operations['describe'],
  trace: RequestTrace,
  results: AsyncIterator<ExecutionResult>,
): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await results.next();
      if (done === true) break;
      writer.write(JSON.stringify(describe.result(value, trace)));
    }
  } catch (error) {
    writer.write(JSON.stringify({ errors: describe.thrown(error, trace) }));
  }
  writer.complete();
}

/** Rejects with whatever a stream of a plugin's throws at its end. */
async function ended(results: AsyncIterator<ExecutionResult>): Promise<void> {
  await results.return?.();
}

/** Tells that the gateway goes away; resolves when the response is closed. */
async function leave(writer: StreamWriter, { told }: ClientError): Promise<void> {
  const { response } = writer;
  if (response.destroyed) return;
  const gone = new Promise((resolve) => response.once('close', resolve));
  writer.cut(told);
  await gone;
}

/** Only server-sent events have ids. */
function seenIn({ res, mediaType }: StreamFacts): string | null {
  return mediaType === 'text/event-stream' ? lastEventId(res.req) : null;
}
