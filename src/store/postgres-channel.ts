import { Client } from 'pg';
import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { messageOf } from '../runtime/message-of.ts';
import { connectionOptions, impatient } from './postgres-pool.ts';

/**
 * One notification channel on a connection of its own, outside the pool: listening belongs to a session. It goes
 *
 *     connecting ──► listening ──► broken ──► connecting …   (after a pause that doubles up to 3 s)
 *
 * Each few seconds it sends itself a beat. A connection that looks alive but carries nothing, because its network is gone or a
 * pooler stands between that hands sessions around, is found out by the beats that do not come back, and replaced.
 */
export interface PostgresChannel {
  /** Sends to every listener, this one included; lost without a trace when the connection is broken. */
  send(payload: string): void;
  /** Whether the latest beats came back. */
  isHearing(): boolean;
  stop(): Promise<void>;
}

/** What a channel is made of. */
export interface PostgresChannelParts {
  readonly url: string;
  /** Lower-case letters, digits and underscores. */
  readonly name: string;
  readonly hear: (payload: string) => void;
  readonly timers: Clock;
  readonly monotonic: () => number;
  readonly log: Log;
}

const BEAT_MS = 3000;

/** Two beats may be lost. */
const SILENT_MS = 10_000;

/** More than this waits to be sent only when the database is slow; sweeps are quicker then. */
const MOST_UNSENT = 1000;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3000;

/** What a beat carries; every listener hears each instance's beats and counts its own. */
const BEAT = 'beat ';

/** Starts to connect; hearing begins when that has succeeded. */
export function openPostgresChannel(parts: PostgresChannelParts): PostgresChannel {
  const { url, name, hear, timers, monotonic, log } = parts;
  let client: Client | null = null;
  let heardAt = -Infinity;
  let pauseMs = FIRST_PAUSE_MS;
  let cancelPause: CancelTimer = () => undefined;
  let cancelBeat: CancelTimer = () => undefined;
  let own = '';
  let outbox: string[] = [];
  let sending = false;
  let listening = false;
  let stopped = false;

  const isHearing = (): boolean => monotonic() - heardAt < SILENT_MS;

  const lose = (broken: Client, reason: string): void => {
    if (client !== broken) return;
    client = null;
    heardAt = -Infinity;
    listening = false;
    outbox = [];
    cancelBeat();
    broken.end().catch(() => undefined);
    if (stopped) return;
    log.warn(
      { reason },
      'Wake-ups from other instances do not arrive; sweeping finds their changes',
    );
    cancelPause = timers.after(pauseMs, connect);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  };

  const connect = (): void => {
    const fresh = new Client(connectionOptions(url, 'head-swap-gateway wake-ups', impatient));
    client = fresh;
    const startedAt = monotonic();
    fresh.on('error', (error) => lose(fresh, error.message));
    fresh.on('end', () => lose(fresh, 'the connection ended'));
    fresh.on('notification', ({ payload = '' }) => {
      if (client !== fresh) return;
      if (payload === own) {
        heardAt = monotonic();
        pauseMs = FIRST_PAUSE_MS;
      } else if (!payload.startsWith(BEAT)) {
        hear(payload);
      }
    });
    const beat = (): void => {
      if (client !== fresh) return;
      if (!isHearing() && monotonic() - startedAt > SILENT_MS) {
        lose(fresh, 'its own beats do not come back');
        return;
      }
      send(own);
      cancelBeat = timers.after(BEAT_MS, beat);
    };
    const listen = async (): Promise<void> => {
      await fresh.connect();
      const { rows } = await fresh.query<{ pid: number }>('select pg_backend_pid() as pid');
      own = `${BEAT}${rows[0]?.pid ?? 0}-${startedAt}`;
      await fresh.query(`listen ${name}`);
      listening = true;
      beat();
    };
    listen().catch((error: unknown) => lose(fresh, messageOf(error)));
  };

  /** A connection takes one statement at a time. */
  const sendNext = async (current: Client): Promise<void> => {
    if (sending || client !== current) return;
    sending = true;
    try {
      for (let next = outbox.shift(); next !== undefined; next = outbox.shift()) {
        await current.query('select pg_notify($1, $2)', [name, next]);
      }
    } catch (error) {
      lose(current, messageOf(error));
    } finally {
      sending = false;
    }
  };
  const send = (payload: string): void => {
    if (client === null || !listening || outbox.length >= MOST_UNSENT) return;
    outbox.push(payload);
    void sendNext(client);
  };

  connect();
  return {
    send,
    isHearing,
    async stop() {
      stopped = true;
      cancelPause();
      cancelBeat();
      const last = client;
      client = null;
      outbox = [];
      await last?.end().catch(() => undefined);
    },
  };
}
