import type { TeamId } from '../domain/job.ts';
import { feedCursor } from './paging/cursors.ts';

/**
 * The place of a subscription's event, as the `after` of its field takes it: the version of a job,
 * the cursor of the team's feed. Null: the event has none.
 */
export function eventId(event: unknown, team: TeamId, storeId: string): string | null {
  if (typeof event !== 'object' || event === null) return null;
  if ('sequence' in event && typeof event.sequence === 'number') {
    return feedCursor(storeId, team, event.sequence);
  }
  return 'version' in event && typeof event.version === 'number' ? String(event.version) : null;
}
