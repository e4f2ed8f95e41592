import { CompiledQuery } from 'kysely';
import { z } from 'zod';
import { createBatch } from '../../runtime/batch.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { createSignal } from '../../runtime/signal.ts';
import { openListenConnection } from './listen-connection.ts';
import type { PostgresAddress } from './postgres-pool.ts';
import type { InstanceId, SqlEngine } from '../sql/sql-engine.ts';
import type { SendingWakeUps } from '../decorators/with-wake-ups.ts';
import type { JobChange } from '../instance-wake-ups.ts';

/** Wake-ups that travel as notifications of the database. */
export interface PostgresWakeUps extends SendingWakeUps {
  stop(): Promise<void>;
}

export interface PostgresWakeUpsParts {
  readonly address: PostgresAddress;
  /** Sends; listening needs a connection of its own. */
  readonly engine: SqlEngine;
  /** Names the database's channel: gateways with other tables in the same database have another. */
  readonly storeId: string;
  readonly instance: InstanceId;
  readonly timers: Clock;
  readonly monotonic: () => number;
  readonly log: Log;
}

/**
 * How long changes are gathered: a notification is a commit of its own, and all of them share one
 * lock.
 */
const GATHER_MS = 10;

/** The shortest time between two notifications. */
const REST_MS = 50;

/** More changes wait to be sent only when the database is slow; sweeps are quicker then. */
const MOST_GATHERED = 100_000;

/** Postgres refuses a payload of 8,000 bytes or more. */
const CHANGES_PER_MESSAGE = 200;
const BYTES_PER_MESSAGE = 7500;

const message = z.object({
  from: z.string(),
  changes: z.array(
    z.tuple([z.string(), z.enum(['ANALYSIS', 'HEAD_SWAP_TASK']), z.string(), z.number()]),
  ),
});

type Change = z.infer<typeof message>['changes'][number];

/** Begins to listen. */
export function startPostgresWakeUps(parts: PostgresWakeUpsParts): PostgresWakeUps {
  const { engine, storeId, instance, timers, monotonic, log } = parts;
  const heard = createSignal<readonly JobChange[]>();
  let stopped = false;

  /** How what this instance sends begins: the database sends it back, and it is passed over. */
  const own = `{"from":${JSON.stringify(instance)},`;
  const hear = (payload: string): void => {
    if (payload.startsWith(own)) return;
    const parsed = message.safeParse(parseJson(payload));
    if (!parsed.success) {
      log.warn({}, 'A wake-up was not understood');
      return;
    }
    const changes = parsed.data.changes.map(([team, kind, id, version]) => ({
      team,
      kind,
      id,
      version,
    }));
    heard.emit(changes);
  };
  const name = `gateway_${storeId.replaceAll('-', '_')}`;
  const notify = async (payload: string): Promise<void> => {
    const send = CompiledQuery.raw('select pg_notify($1, $2)', [name, payload]);
    // The engine has logged why it cannot. What is lost, sweeps find.
    await engine.db.executeQuery(send).catch(() => undefined);
  };
  const channel = openListenConnection({ ...parts, name, hear, notify });

  const sending = createBatch<Change>({
    clock: { now: monotonic, after: (milliseconds, run) => timers.after(milliseconds, run) },
    gatherMs: GATHER_MS,
    restMs: REST_MS,
    async run(changes) {
      for (const part of parted(changes)) {
        await notify(JSON.stringify({ from: instance, changes: part }));
      }
    },
  });

  return {
    listen: (hear) => heard.subscribe(hear),
    isHearing: () => channel.isHearing(),
    send(changes) {
      if (stopped || sending.size >= MOST_GATHERED) return;
      sending.add(changes.map(({ team, kind, id, version }) => [team, kind, id, version]));
    },
    async stop() {
      stopped = true;
      await sending.ended();
      await channel.stop();
    },
  };
}

/** The changes in messages that are short enough. */
function parted(changes: readonly Change[]): Change[][] {
  const parts: Change[][] = [];
  let part: Change[] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = Buffer.byteLength(JSON.stringify(change)) + 1;
    if (part.length === CHANGES_PER_MESSAGE || bytes + size > BYTES_PER_MESSAGE) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(change);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
