import { sql, type RawBuilder } from 'kysely';
import type { SqlDialect } from '../sql-engine.ts';

/**
 * Which jobs use which uploads, filled for the jobs that are there. What older code makes beside
 * this one is not in it; such an upload lives as long as one that no job uses.
 */
export function addUploadUses(dialect: SqlDialect): RawBuilder<unknown>[] {
  const { types, tableEnd } = dialect;
  const asked = dialect.json(sql.ref('job.asked'));
  const doc = dialect.json(sql.ref('job.doc'));
  return [
    sql`create table media_upload_use (
      upload_id ${types.text} not null,
      kind ${types.text} not null,
      job_id ${types.text} not null,
      primary key (upload_id, kind, job_id)
    ) ${tableEnd}`,
    fill(sql`job`, sql`${asked} ->> 'videoUrl'`),
    fill(sql`job`, sql`${doc} ->> 'sourceVideoUrl'`),
    fill(
      sql`job, ${dialect.elements(sql`${asked} -> 'request' -> 'mappings'`)} as mapping`,
      sql`mapping.value ->> 'faceUrl'`,
    ),
  ];
}

function fill(jobs: RawBuilder<unknown>, url: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into media_upload_use (upload_id, kind, job_id)
    select media_upload.id, job.kind, job.id
    from ${jobs}, media_upload
    where job.made_here = 1 and media_upload.url = ${url} and media_upload.team = job.team
    on conflict do nothing`;
}
