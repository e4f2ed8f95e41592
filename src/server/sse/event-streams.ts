import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { onCredentialEnd } from '../../auth/credential-end.ts';
import type { Caller } from '../../domain/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import { closeStaggered } from '../close-staggered.ts';
import type { Trace } from '../../log/trace.ts';
import type { ServerLimits } from '../limits.ts';
import type { TeamQuota } from '../load/team-quota.ts';
import type { Operations } from '../operations/operations.ts';
import { createWriteBuffer } from '../write-buffer.ts';
import { BEAT, COMPLETE, nextEvent, STREAM_HEAD } from './event-text.ts';
import { StreamSubscriber } from './stream-subscriber.ts';

/** Whose stream it is, and where it goes. */
export interface StreamFacts {
  readonly res: ServerResponse;
  readonly caller: Caller;
  readonly trace: Trace;
}

/** GraphQL over SSE, distinct connections mode: one response is one subscription. */
export interface EventStreams {
  /** The subscriber at the end of a response, which counts as a connection of its team until it is closed. Null: it has too many. */
  subscriberFor(facts: StreamFacts): StreamSubscriber | null;
  /** Answers with what comes of a subscription, then `complete`; resolves when the response is closed. */
  answer(facts: StreamFacts, results: AsyncIterable<ExecutionResult>): Promise<void>;
  /** Ends every stream without `complete`, so that clients connect again; spread over time. */
  drain(): Promise<void>;
  /** Cuts every stream at once and stops the heartbeats. */
  close(): void;
}

/** Subscriptions share the groups of the WebSockets, and are bounded, expire and are cut for slowness as they are. */
export function createEventStreams(parts: {
  readonly describe: Operations['describe'];
  readonly connections: TeamQuota;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}): EventStreams {
  const { describe, connections, clock, limits } = parts;
  const streams = new Set<ServerResponse>();

  const beat = (): void => {
    for (const response of streams) {
      if (response.writableLength === 0) response.write(BEAT);
    }
    cancelBeat = clock.after(limits.beatMs, beat);
  };
  let cancelBeat = clock.after(limits.beatMs, beat);

  /** A subscriber yields nothing; what is yielded comes from a plugin that has put a stream of its own in its place. */
  const writeYielded = async (
    { res, trace }: StreamFacts,
    results: AsyncIterator<ExecutionResult>,
  ): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await results.next();
        if (done === true) break;
        res.write(nextEvent(JSON.stringify(describe.result(value, trace))));
      }
    } catch (error) {
      res.write(nextEvent(JSON.stringify({ errors: describe.thrown(error, trace) })));
    }
    if (!res.writableEnded) res.end(COMPLETE);
  };

  return {
    subscriberFor({ res, caller }) {
      if (!connections.take(caller.team)) return null;
      const buffer = createWriteBuffer({
        stream: res,
        clock,
        limits,
        onStuck: () => res.destroy(),
      });
      // Whoever says no more is taken to have left: a stream has no end that it could be waiting for, and nearly all have gone.
      const { socket } = res;
      const leave = (): void => void res.destroy();
      socket?.once('end', leave);
      res.once('close', () => {
        socket?.off('end', leave);
        buffer.release();
        connections.giveBack(caller.team);
      });
      return new StreamSubscriber(res, buffer);
    },
    async answer(facts, results) {
      const { res, caller } = facts;
      const iterator = results[Symbol.asyncIterator]();
      if (res.destroyed) return void (await iterator.return?.());
      const closed = new Promise<void>((resolve) => res.once('close', resolve));
      res.writeHead(200, STREAM_HEAD);
      // Some clients see no head before the first bytes of a body.
      res.write(BEAT);
      streams.add(res);
      const stopChecking = onCredentialEnd(caller, parts, () => {
        void iterator.return?.();
        res.end();
      });
      const written = writeYielded(facts, iterator);
      await closed;
      stopChecking();
      streams.delete(res);
      await iterator.return?.();
      return written;
    },
    async drain() {
      await closeStaggered([...streams], limits.spreadMs, clock, async (response) => {
        if (response.destroyed) return;
        const gone = new Promise((resolve) => response.once('close', resolve));
        response.end();
        await gone;
      });
    },
    close() {
      cancelBeat();
      for (const response of streams) response.destroy();
    },
  };
}
