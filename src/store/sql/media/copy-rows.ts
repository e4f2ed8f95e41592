import type { Copy } from '../../media-store.ts';
import type { MediaCopyTable } from '../schema/tables.ts';

/** A row as what it means. */
export function toCopy(row: MediaCopyTable): Copy {
  const { bytes, content_type: contentType, sha256 } = row;
  const isStored = bytes !== null && contentType !== null && sha256 !== null;
  return {
    key: { team: row.team, kind: row.kind, id: row.job_id },
    slot: row.slot,
    sourceUrl: row.source_url,
    objectKey: row.object_key,
    state: row.state,
    attempts: row.attempts,
    requestedAt: row.requested_at,
    file: isStored ? { bytes, contentType, sha256 } : null,
    storedAt: row.stored_at,
    expiresAt: row.state === 'STORED' ? row.due_at : null,
    problem: row.problem,
  };
}
