import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { pause, type CancelTimer, type Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import { connectionOptions, impatient, type PostgresAddress } from './postgres-pool.ts';

/**
 * Listens to one notification channel, on a connection of its own outside the pool: listening
 * belongs to a session. It goes
 *
 *     connecting ──► listening ──► broken ──► connecting …   (after a pause that doubles)
 *
 * Each few seconds it has a beat sent on some other connection, and is replaced when beats do not
 * arrive. That is how a connection shows that looks alive but hears nothing: its network is gone,
 * or a pooler in between hands sessions around. Beats that it sent itself would prove nothing: such
 * a pooler may well hand a sender its own notifications.
 */
export interface ListenConnection {
  /** Whether the latest beats arrived. */
  isHearing(): boolean;
  stop(): Promise<void>;
}

export interface ListenConnectionParts {
  readonly address: PostgresAddress;
  /** Lower-case letters, digits and underscores. */
  readonly name: string;
  readonly hear: (payload: string) => void;
  /**
   * Sends to every listener, this one included, on another connection than the listening one. Never
   * rejects.
   */
  readonly notify: (payload: string) => Promise<void>;
  readonly timers: Clock;
  readonly monotonic: () => number;
  readonly log: Log;
}

const BEAT_MS = 3000;

/** Two beats may be lost. */
const SILENT_MS = 10_000;

const FIRST_PAUSE_MS = 100;

/** The longest pause after a broken connection: the database may be back any moment. */
const LONGEST_PAUSE_MS = 3000;

/**
 * The longest pause after a silent one: a pooler in transaction mode stays, and each try leaves it
 * one more session that listens.
 */
const LONGEST_SILENT_PAUSE_MS = 60_000;

/** How long stopping waits for the connection to end. */
const GOODBYE_MS = 500;

/** What a beat carries; every listener hears each instance's beats and counts its own. */
const BEAT = 'beat ';

/** Starts to connect; hearing begins when that has succeeded. */
export function openListenConnection(parts: ListenConnectionParts): ListenConnection {
  const { address, name, hear, notify, timers, monotonic, log } = parts;
  let client: Client | null = null;
  let heardAt = -Infinity;
  let pauseMs = FIRST_PAUSE_MS;
  let warned = false;
  let cancelPause: CancelTimer = () => undefined;
  let cancelBeat: CancelTimer = () => undefined;
  let stopped = false;

  const isHearing = (): boolean => monotonic() - heardAt < SILENT_MS;

  const lose = (broken: Client, reason: string, longestPauseMs = LONGEST_PAUSE_MS): void => {
    if (client !== broken) return;
    client = null;
    heardAt = -Infinity;
    cancelBeat();
    broken.end().catch(() => undefined);
    if (stopped) return;
    if (!warned) {
      warned = true;
      log.warn(
        { reason },
        'Wake-ups from other instances do not arrive; sweeping finds their changes',
      );
    }
    cancelPause = timers.after(Math.min(pauseMs, longestPauseMs), connect);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  };

  const connect = (): void => {
    const fresh = new Client(connectionOptions(address, 'head-swap-gateway wake-ups', impatient));
    client = fresh;
    const own = `${BEAT}${randomUUID()}`;
    const startedAt = monotonic();
    fresh.on('error', (error) => lose(fresh, error.message));
    fresh.on('end', () => lose(fresh, 'the connection ended'));
    fresh.on('notification', ({ payload = '' }) => {
      if (client !== fresh) return;
      if (payload === own) {
        heardAt = monotonic();
        pauseMs = FIRST_PAUSE_MS;
        if (warned) log.info({}, 'Wake-ups from other instances arrive again');
        warned = false;
      } else if (!payload.startsWith(BEAT)) {
        hear(payload);
      }
    });
    const beat = (): void => {
      if (client !== fresh) return;
      if (!isHearing() && monotonic() - startedAt > SILENT_MS) {
        lose(fresh, 'its own beats do not come back', LONGEST_SILENT_PAUSE_MS);
        return;
      }
      void notify(own);
      cancelBeat = timers.after(BEAT_MS, beat);
    };
    const listen = async (): Promise<void> => {
      await fresh.connect();
      await fresh.query(`listen ${name}`);
      beat();
    };
    listen().catch((error: unknown) => lose(fresh, messageOf(error)));
  };

  connect();
  return {
    isHearing,
    async stop() {
      stopped = true;
      cancelPause();
      cancelBeat();
      const last = client;
      client = null;
      // A server that stands still never says goodbye.
      await Promise.race([last?.end().catch(() => undefined), pause(timers, GOODBYE_MS)]);
    },
  };
}
