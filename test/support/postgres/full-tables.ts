import { Client } from 'pg';

const ROWS = 30_000;

/** In 2286, in milliseconds. */
const LATER = '10000000000000';
/** Of each hundred jobs two are under way, as are two copies. */
const LIVE = 'n % 100 < 2';
const TEAM = `'team-' || n % 20`;

const FILLINGS = [
  `insert into team_counter (team, sequence) select 'team-' || n, ${ROWS} from generate_series(0, 19) as n`,
  `insert into job (team, kind, id, made_here, status, version, sequence, created_at, updated_at,
    observed_at, analysis_id, asked, doc, due_at, failures, watched_until, has_webhook,
    first_seen_at, read_at, lease_until, lease_token, lease_owner)
  select ${TEAM}, case when n % 3 = 0 then 'ANALYSIS' else 'HEAD_SWAP_TASK' end, 'job-' || n, 1,
    case when not (${LIVE}) then 'COMPLETED' when n % 100 = 0 then 'QUEUED' else 'PROCESSING' end,
    3, n, n, n, n, case when n % 3 = 0 then null else 'job-' || n - n % 3 end, '{}', '{}',
    case when ${LIVE} then n end, 0, case when n % 1000 = 0 then n else 0 end, 1, n, n,
    case when n % 1000 = 1 then n else 0 end, 1, case when n % 1000 = 1 then 'other' end
  from generate_series(1, ${ROWS}) as n`,
  `insert into purchase (attempt, team, mutation, key, fingerprint, input, state, job_id,
    token_digest, owner, created_at, updated_at, expires_at)
  select 'attempt-' || n, ${TEAM}, 'createHeadSwapTask', 'key-' || n, 'f', '{}',
    case when n % 1000 = 0 then 'SENDING' else 'ACCEPTED' end,
    case when n % 1000 = 0 then null else 'job-' || n end, 'digest-' || n, 'other', n, n, ${LATER}
  from generate_series(1, ${ROWS}) as n`,
  `insert into callback (digest, attempt, team, mutation, key, job_id, owner, received_at, open)
  select 'digest-' || n, 'attempt-' || n, ${TEAM}, 'createHeadSwapTask', 'key-' || n, 'job-' || n,
    'other', n, case when n % 1000 = 0 then 1 else 0 end
  from generate_series(1, ${ROWS}) as n`,
  `insert into media_copy (team, kind, job_id, slot, source_url, object_key, state, attempts,
    requested_at, due_at, lease_until, lease_token, lease_owner, bytes, content_type, sha256, stored_at)
  select ${TEAM}, 'HEAD_SWAP_TASK', 'job-' || n, 'output', 'url', 'object-' || n,
    case when ${LIVE} then 'PENDING' else 'STORED' end, 0, n, case when ${LIVE} then n end, 0, 0,
    case when n % 1000 = 1 then 'other' end, case when not (${LIVE}) then n end,
    case when not (${LIVE}) then 'video/mp4' end, case when not (${LIVE}) then 'sum' end,
    case when not (${LIVE}) then n end
  from generate_series(1, ${ROWS}) as n`,
  `insert into media_upload (id, team, purpose, bytes, content_type, state, object_key, put_token,
    put_until, url, facts, expires_at)
  select 'upload-' || n, ${TEAM}, 'FACE', n, 'image/png', 'READY', 'uploaded-' || n, 'token-' || n,
    n, 'url-' || n, '{}', ${LATER}
  from generate_series(1, ${ROWS}) as n`,
  `insert into media_upload_use (upload_id, kind, job_id)
  select 'upload-' || n, 'HEAD_SWAP_TASK', 'job-' || n from generate_series(1, ${ROWS}) as n`,
];

/** Puts months of work into the tables of a migrated database, and lets Postgres count what is there. */
export async function fillTables(url: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(
      'truncate job, purchase, callback, team_counter, media_copy, media_upload, media_upload_use',
    );
    for (const filling of FILLINGS) await client.query(filling);
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
