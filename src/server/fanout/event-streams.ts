import type { ServerResponse } from 'node:http';
import { OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AccessLog } from '../operations/access-log.ts';
import { answerErrors } from '../http/respond.ts';
import { onCredentialEnd } from '../../auth/credential-end.ts';
import type { Fanout, Subscriber } from './fanout.ts';
import type { ServerLimits } from '../limits.ts';
import type { Operation, Refused } from '../operations/operation-types.ts';
import type { Operations } from '../operations/executor.ts';
import { createWriteBuffer } from './write-buffer.ts';
import type { TeamQuota } from '../guards/team-quota.ts';
import { refusal } from '../operations/client-error.ts';
import { closeStaggered } from '../websocket/staggered-close.ts';
import type { Trace } from '../../log/trace.ts';

const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Tells nginx not to collect events.
  'x-accel-buffering': 'no',
};
/** A comment: keeps proxies from closing an idle stream and finds peers that are gone. */
const BEAT = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

/** GraphQL over SSE, distinct connections mode: one response is one operation. */
export interface EventStreams {
  /** Answers with the operation's events, or with the one event of a query, a mutation or a refusal, then `complete`. */
  answer(
    response: ServerResponse,
    operation: Operation | Refused,
    caller: Caller,
    trace: Trace,
  ): Promise<void>;
  /** Ends every stream without `complete`, so that clients connect again; spread over time. */
  drain(): Promise<void>;
  /** Cuts every stream at once and stops the heartbeats. */
  close(): void;
}

/** Subscriptions share the groups of the WebSockets, and are bounded, expire and are cut for slowness as they are. */
export function createEventStreams(parts: {
  readonly operations: Operations;
  readonly fanout: Fanout;
  readonly connections: TeamQuota;
  readonly accessLog: AccessLog;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}): EventStreams {
  const { operations, fanout, connections, accessLog, clock, limits } = parts;
  const streams = new Set<ServerResponse>();

  const beat = (): void => {
    for (const response of streams) {
      if (response.writableLength === 0) response.write(BEAT);
    }
    cancelBeat = clock.after(limits.beatMs, beat);
  };
  let cancelBeat = clock.after(limits.beatMs, beat);

  const answerOnce = (response: ServerResponse, payload: string): void => {
    response.writeHead(200, HEAD);
    response.end(nextEvent(payload) + COMPLETE);
  };

  const stream = (
    response: ServerResponse,
    operation: Operation,
    caller: Caller,
    trace: Trace,
  ): void => {
    if (!connections.take(caller.team)) {
      const most = `At most ${limits.connectionsPerTeam} connections of one team at a time.`;
      answerErrors(response, 429, [refusal('RATE_LIMITED', most, { retryAfterSeconds: 1 })], {
        'retry-after': '1',
      });
      return;
    }
    accessLog.subscribed({ trace, caller, operation });
    const outlet = createWriteBuffer({
      stream: response,
      clock,
      limits,
      onStuck: () => response.destroy(),
    });
    const fail = (errors: readonly GraphQLFormattedError[]): void => {
      response.end(nextEvent(JSON.stringify({ errors })) + COMPLETE);
    };
    const reader: Subscriber = {
      send: (payload) => outlet.write(nextEvent(payload)),
      onceDrained: (run) => outlet.onceDrained(run),
      complete: () => response.end(COMPLETE),
      fail,
    };
    response.writeHead(200, HEAD);
    // Some clients see no head before the first bytes of a body.
    response.write(BEAT);
    streams.add(response);
    const key =
      operation.shareKey === null ? null : JSON.stringify([caller.team, operation.shareKey]);
    const leave = fanout.join(key, () => operations.open(operation, caller, trace), reader);
    const stopChecking = onCredentialEnd(caller, parts, () => {
      leave();
      response.end();
    });
    response.once('close', () => {
      leave();
      stopChecking();
      outlet.release();
      streams.delete(response);
      connections.giveBack(caller.team);
    });
  };

  return {
    async answer(response, operation, caller, trace) {
      if (response.destroyed) return undefined;
      if ('errors' in operation) return answerOnce(response, JSON.stringify(operation));
      if (operation.type === OperationTypeNode.SUBSCRIPTION)
        return stream(response, operation, caller, trace);
      const result = await operations.run(operation, caller, trace);
      return response.destroyed ? undefined : answerOnce(response, JSON.stringify(result));
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

function nextEvent(payload: string): string {
  return `event: next\ndata: ${payload}\n\n`;
}
