import { sql, type RawBuilder } from 'kysely';
import type { TeamId } from '../../../domain/job.ts';
import type { NewUpload, Upload, UploadStore } from '../../media-store.ts';
import { isStorable } from '../sql-engine.ts';
import type { MediaUploadTable, SecretTable } from '../schema/tables.ts';
import type { SqlEngine, Step } from '../sql-engine.ts';
import { mayBeUpload, postponeInUse } from '../upload-uses.ts';

/** The verbs about uploads. */
export function uploadVerbs(engine: SqlEngine): UploadStore {
  const { db, dialect } = engine;
  const now = () => dialect.now();

  return {
    async openUpload(upload, quotaBytes) {
      const opened = await insertUpload(engine, upload, quotaBytes).execute(db);
      return firstUpload(opened.rows);
    },

    async readUpload(team, id) {
      if (!isStorable(id)) return null;
      const found = await sql<MediaUploadTable>`
        select * from media_upload where id = ${id} and team = ${team}`.execute(db);
      return firstUpload(found.rows);
    },

    async readUploadByPutToken(putToken) {
      if (!isStorable(putToken)) return null;
      const found = await sql<MediaUploadTable>`
        select * from media_upload where put_token = ${putToken}`.execute(db);
      return firstUpload(found.rows);
    },

    async readUploadsByUrl(urls) {
      const listed = urls.filter(isStorable).map((url) => ({ url }));
      if (listed.length === 0) return [];
      const found = await sql<MediaUploadTable>`
        select * from media_upload
        where url in (${dialect.rows(JSON.stringify(listed), { url: 'text' })})`.execute(db);
      return found.rows.map(toUpload);
    },

    async settleUpload(team, id, outcome) {
      const isReady = outcome.state === 'READY';
      // Its jobs would not be seen to use it.
      if (isReady && !mayBeUpload(outcome.url)) throw new TypeError('This is no URL of an upload.');
      const settle = sql<MediaUploadTable>`
        update media_upload set
          state = ${outcome.state},
          content_type = ${isReady ? outcome.contentType : sql`content_type`},
          url = ${isReady ? outcome.url : null},
          facts = ${isReady ? JSON.stringify(outcome.facts) : null},
          problem = ${isReady ? null : outcome.problem}
        where id = ${id} and team = ${team} and state = 'AWAITING'`;
      const read = sql<MediaUploadTable>`
        select * from media_upload where id = ${id} and team = ${team}`;
      const done = await engine.batch<[unknown, MediaUploadTable]>([
        { run: settle },
        { run: read },
      ]);
      return firstUpload(done?.[1] ?? []);
    },

    async readExpiredUploads(limit, afterJobsMs) {
      const done = await engine.batch<[unknown, MediaUploadTable]>([
        { run: postponeInUse(dialect, afterJobsMs) },
        {
          run: sql`select * from media_upload where expires_at <= ${now()} order by expires_at limit ${limit}`,
        },
      ]);
      return (done?.[1] ?? []).map(toUpload);
    },

    async deleteUpload(team, id) {
      await engine.batch(deletion(team, id));
    },

    async readStoredBytes(team) {
      const found = await sql<{
        readonly bytes: number;
      }>`select ${bytesOf(engine, team)} as bytes`.execute(db);
      return found.rows[0]?.bytes ?? 0;
    },

    async keepSecret(name, candidate) {
      const done = await engine.batch<[unknown, SecretTable]>([
        {
          run: sql`
            insert into secret (name, value) values (${name}, ${candidate}) on conflict (name) do nothing`,
        },
        { run: sql<SecretTable>`select name, value from secret where name = ${name}` },
      ]);
      return done?.[1][0]?.value ?? candidate;
    },
  };
}

/** Another team's upload stays, and so do its uses. */
function deletion(team: TeamId, id: string): Step<unknown>[] {
  return [
    { run: sql`delete from media_upload where id = ${id} and team = ${team}` },
    {
      run: sql`
        delete from media_upload_use where upload_id = ${id}
          and not exists (select 1 from media_upload where media_upload.id = ${id})`,
    },
  ];
}

/** Inserts nothing when the team's files would then be larger than its quota. */
function insertUpload(
  engine: SqlEngine,
  upload: NewUpload,
  quotaBytes: number | null,
): RawBuilder<MediaUploadTable> {
  const { types } = engine.dialect;
  const now = engine.dialect.now();
  const { team, bytes } = upload;
  const fits =
    quotaBytes === null ? sql`1 = 1` : sql`${bytesOf(engine, team)} + ${bytes} <= ${quotaBytes}`;
  return sql<MediaUploadTable>`
    insert into media_upload (
      id, team, purpose, bytes, content_type, state, object_key, put_token, put_until, expires_at
    )
    select ${upload.id}, ${team}, ${upload.purpose}, cast(${bytes} as ${types.int}), ${upload.contentType},
      'AWAITING', ${upload.objectKey}, ${upload.putToken}, ${now} + ${upload.putForMs}, ${now} + ${upload.keepMs}
    where ${fits}
    returning *`;
}

function bytesOf({ dialect }: SqlEngine, team: TeamId): RawBuilder<number> {
  return sql`cast(
    coalesce((select sum(bytes) from media_copy where team = ${team} and bytes is not null), 0)
    + coalesce((select sum(bytes) from media_upload where team = ${team} and state <> 'REJECTED'), 0)
    as ${dialect.types.int})`;
}

function firstUpload(rows: readonly MediaUploadTable[]): Upload | null {
  const [row] = rows;
  return row === undefined ? null : toUpload(row);
}

function toUpload(row: MediaUploadTable): Upload {
  return {
    team: row.team,
    id: row.id,
    purpose: row.purpose,
    bytes: row.bytes,
    contentType: row.content_type,
    state: row.state,
    objectKey: row.object_key,
    putToken: row.put_token,
    putUntil: row.put_until,
    url: row.url,
    facts: row.facts === null ? null : JSON.parse(row.facts),
    problem: row.problem,
    expiresAt: row.expires_at,
  };
}
