import { MessageType, parseMessage, type Message, type SubscribeMessage } from 'graphql-ws';
import { OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { AccessLog } from '../operations/access-log.ts';
import { CloseCode } from './close-code.ts';
import { onCredentialEnd } from '../../auth/credential-end.ts';
import { credentialsOfPayload, identify, type Authenticate } from '../../auth/credentials.ts';
import type { Fanout } from '../fanout/fanout.ts';
import type { ServerLimits } from '../limits.ts';
import type { Operation } from '../operations/operation-types.ts';
import type { Operations } from '../operations/executor.ts';
import type { WriteBuffer } from '../fanout/write-buffer.ts';
import type { Overload } from '../guards/overload.ts';
import type { TeamQuota } from '../guards/team-quota.ts';
import { refusal } from '../operations/client-error.ts';
import { paramsOf } from '../http/request-params.ts';
import { SocketSubscriber, type ReaderSocket } from './socket-subscriber.ts';
import { createTrace, type Trace } from '../../log/trace.ts';

/** What every session of the server works with. */
export interface SessionParts {
  readonly operations: Operations;
  readonly fanout: Fanout;
  /** Of each team: its sockets and event streams, and what runs on its sockets. */
  readonly connections: TeamQuota;
  readonly runningOperations: TeamQuota;
  readonly overload: Overload;
  readonly authenticate: Authenticate;
  readonly accessLog: AccessLog;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}

/** The socket under a session. */
export interface SessionSocket {
  /** False from the moment a close was begun by either side. */
  readonly open: boolean;
  readonly outlet: WriteBuffer;
  /** Sends a text message; does nothing when the socket is not open. */
  send(text: string): void;
  close(code: CloseCode, reason: string): void;
}

/** The protocol's server side on one socket. */
export interface Session {
  /** A text message has come. */
  receive(text: string): void;
  /** The socket has begun to close, or is gone: everything is released at once. Calling it again does nothing. */
  release(): void;
}

/**
 * graphql-transport-ws on one socket.
 *
 * A session is *connected*, then *initialising* from `connection_init` until the credentials are checked, then *acknowledged*,
 * and *closed* when either side ends it. Operations run only when acknowledged. Each is in `running` under its id from its
 * `subscribe` until the server's last message for it, or the client's `complete`, whichever is first; from then on nothing is sent
 * for it and the id is free, even if its start is still under way. That is what graphql-ws's own server does not keep to: an id
 * used again meanwhile leaves the first operation running with nobody able to end it. Its message parser serves here.
 *
 * A mistake of the client's in the protocol closes the socket with a code; a mistake in an operation answers that operation.
 */
export function openSession(socket: SessionSocket, parts: SessionParts): Session {
  const { operations, fanout, connections, runningOperations, overload } = parts;
  const { accessLog, log, clock, limits } = parts;
  let state: 'connected' | 'initialising' | Caller | 'closed' = 'connected';
  const running = new Map<string, { leave(): void }>();
  const releases: (() => void)[] = [];

  const release = (): void => {
    if (state === 'closed') return;
    if (typeof state !== 'string') runningOperations.giveBack(state.team, running.size);
    state = 'closed';
    for (const operation of running.values()) operation.leave();
    running.clear();
    for (const run of releases) run();
  };
  /** Nothing is sent for the operation from now on, and its id is free. */
  const finish = (id: string): void => {
    if (running.delete(id) && typeof state !== 'string') runningOperations.giveBack(state.team);
  };
  const close = (code: CloseCode, reason: string): void => {
    release();
    socket.close(code, reason);
  };
  const cancelInit = clock.after(limits.initMs, () =>
    close(CloseCode.initTimeout, 'Connection initialisation timeout'),
  );
  releases.push(cancelInit);

  const send = (message: object): void => socket.send(JSON.stringify(message));
  const sendErrors = (id: string, payload: readonly GraphQLFormattedError[]): void =>
    send({ id, type: MessageType.Error, payload });

  const readerSocket: ReaderSocket = {
    get open() {
      return socket.open;
    },
    outlet: socket.outlet,
    ended(reader, errors) {
      finish(reader.id);
      if (errors === null) send({ id: reader.id, type: MessageType.Complete });
      else sendErrors(reader.id, errors);
    },
  };

  const initialise = async (payload: unknown): Promise<void> => {
    const caller = await identify(credentialsOfPayload(payload), parts, createTrace(log));
    if (state === 'closed') return undefined;
    if (caller === null) return close(CloseCode.forbidden, 'Forbidden');
    if (caller === 'cannot tell') {
      return close(CloseCode.tryAgainLater, 'Credentials cannot be checked now');
    }
    if (!connections.take(caller.team)) {
      return close(CloseCode.tryAgainLater, 'Too many connections');
    }
    releases.push(() => connections.giveBack(caller.team));
    releases.push(
      onCredentialEnd(caller, parts, (how) => close(CloseCode.forbidden, `Credential ${how}`)),
    );
    state = caller;
    return send({ type: MessageType.ConnectionAck });
  };

  const runOnce = async (
    id: string,
    operation: Operation,
    caller: Caller,
    trace: Trace,
  ): Promise<void> => {
    const mark = { leave: () => {} };
    running.set(id, mark);
    const result = await operations.run(operation, caller, trace);
    if (running.get(id) !== mark) return;
    finish(id);
    if (result.data === undefined) return sendErrors(id, result.errors ?? []);
    send({ id, type: MessageType.Next, payload: result });
    return send({ id, type: MessageType.Complete });
  };

  const watch = (id: string, operation: Operation, caller: Caller, trace: Trace): void => {
    accessLog.subscribed({ trace, caller, operation });
    const reader = new SocketSubscriber(id, readerSocket);
    running.set(id, reader);
    const key =
      operation.shareKey === null ? null : JSON.stringify([caller.team, operation.shareKey]);
    reader.joined(fanout.join(key, () => operations.open(operation, caller, trace), reader));
  };

  /** Why no operation may begin now, or null. */
  const fullness = (): Parameters<typeof refusal> | null => {
    if (overload.shedding) {
      const retryAfterSeconds = limits.overloadRetrySeconds;
      return ['UNAVAILABLE', 'The gateway is overloaded.', { retryAfterSeconds }];
    }
    if (running.size < limits.operationsPerSocket) return null;
    const most = `At most ${limits.operationsPerSocket} operations run on one socket at a time.`;
    return ['RATE_LIMITED', most, { retryAfterSeconds: 1 }];
  };

  const subscribe = ({ id, payload }: SubscribeMessage, caller: Caller): void => {
    if (running.has(id)) {
      // The reason must stay below 124 bytes, so it cannot quote an id of any length.
      return close(CloseCode.subscriberAlreadyExists, 'Subscriber for this id already exists');
    }
    const full = fullness();
    if (full !== null) return sendErrors(id, [refusal(...full)]);
    const params = paramsOf({ ...payload });
    if ('problem' in params) return sendErrors(id, [refusal('BAD_REQUEST', params.problem)]);
    const trace = createTrace(log);
    const operation = operations.prepare(params, caller, trace);
    if ('errors' in operation) return sendErrors(id, operation.errors);
    if (!runningOperations.take(caller.team)) {
      const most = `At most ${limits.operationsPerTeam} operations of one team run at a time.`;
      return sendErrors(id, [refusal('RATE_LIMITED', most, { retryAfterSeconds: 1 })]);
    }
    return operation.type === OperationTypeNode.SUBSCRIPTION
      ? watch(id, operation, caller, trace)
      : void runOnce(id, operation, caller, trace);
  };

  const take = (message: Message): void => {
    switch (message.type) {
      case MessageType.ConnectionInit:
        if (state !== 'connected') {
          return close(CloseCode.tooManyInits, 'Too many initialisation requests');
        }
        state = 'initialising';
        cancelInit();
        return void initialise(message.payload);
      case MessageType.Ping:
        return send({
          type: MessageType.Pong,
          ...(message.payload === undefined ? {} : { payload: message.payload }),
        });
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe:
        return typeof state === 'string'
          ? close(CloseCode.unauthorized, 'Unauthorized')
          : subscribe(message, state);
      case MessageType.Complete:
        running.get(message.id)?.leave();
        finish(message.id);
        return undefined;
      case MessageType.ConnectionAck:
      case MessageType.Next:
      case MessageType.Error:
        return close(CloseCode.badRequest, 'Message of a server');
      default:
        return message satisfies never;
    }
  };

  return {
    release,
    receive(text) {
      if (state === 'closed') return;
      let message: Message;
      try {
        message = parseMessage(text);
      } catch {
        close(CloseCode.badRequest, 'Invalid message received');
        return;
      }
      take(message);
    },
  };
}
