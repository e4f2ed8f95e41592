import { DatabaseSync } from '@photostructure/sqlite';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { impatient } from '../../src/store/postgres/postgres-pool.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { newDatabase } from '../support/postgres/shared-postgres.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { analysis, made, task } from './contract/store-harness.ts';

const silent = (): void => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

afterAll(removeFolders);

/** A database that can be opened as the store, and told statements beside it. */
interface Database {
  open(): Promise<Store>;
  run(statement: string): Promise<void>;
}

const ENGINES: Readonly<Record<string, () => Promise<Database>>> = {
  async SQLite() {
    const file = join(newFolder(), 'gateway.db');
    return {
      open: () => openSqliteStore({ url: `file:${file}`, clock: systemClock, log }),
      async run(statement) {
        const database = new DatabaseSync(file);
        database.exec(statement);
        database.close();
      },
    };
  },
  async Postgres() {
    const url = await newDatabase();
    const [timers, monotonic] = [systemClock, () => performance.now()];
    return {
      open: () => openPostgresStore({ url, timers, monotonic, log, patience: impatient }),
      async run(statement) {
        const client = new Client(url);
        await client.connect();
        await client.query(statement);
        await client.end();
      },
    };
  },
};

/** Takes back what came since. */
const UNDO = [
  'drop index job_turn',
  'create index job_next on job (team, due_at)',
  'create index job_next_watched on job (team, due_at)',
  'drop table media_upload_use',
  'update meta set schema_version = 6',
];

describe.each(Object.keys(ENGINES))('on %s', (engine) => {
  it('jobs of before there was a table of uses keep their uploads', async () => {
    const database = await ENGINES[engine]?.();
    if (database === undefined) throw new Error(engine);
    const before = await database.open();
    const upload = async (id: string): Promise<string> => {
      const url = `https://gateway.example.com/media/${id}/file`;
      await before.uploads.openUpload(
        {
          team: 'team',
          id,
          purpose: 'VIDEO',
          bytes: 100,
          contentType: 'video/mp4',
          objectKey: `uploads/${id}`,
          putToken: `put-${id}`,
          putForMs: 0,
          keepMs: 0,
        },
        null,
      );
      const facts = { durationSeconds: 5, width: 160, height: 90 };
      const outcome = { state: 'READY', contentType: 'video/mp4', url, facts } as const;
      await before.uploads.settleUpload('team', id, outcome);
      return url;
    };
    const bought = task('team', 'task', { sourceVideoUrl: await upload('source') });
    if (bought.request === null) throw new Error('A task made here has a request.');
    const mappings = [
      { objId: 0, faceUrl: 'https://example.com/face.png' },
      { objId: 1, faceUrl: await upload('face') },
    ];
    await before.writeJobs([
      made(analysis('team', 'analysis', { videoUrl: await upload('video') })),
      // AKOOL names files as it likes.
      made({
        ...bought,
        request: { ...bought.request, mappings },
        fileName: 'a\\\0\uD800\\u0000".mp4',
      }),
      made({
        ...task('team', 'foreign', { sourceVideoUrl: await upload('unused'), request: null }),
        madeHere: false,
      }),
    ]);
    await before.close();
    for (const statement of UNDO) await database.run(statement);

    const store = await database.open();
    const expired = await store.uploads.readExpiredUploads(10, 60_000);
    expect(expired.map(({ id }) => id)).toEqual(['unused']);
    await store.close();
  });
});
