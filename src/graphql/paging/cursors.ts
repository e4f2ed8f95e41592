import { z } from 'zod';
import { GatewayError, notOfThisFeed } from '../../domain/errors.ts';
import type { JobKind, TeamId } from '../../domain/job.ts';
import type { JobPosition } from '../../store/job-store.ts';

/**
 * Cursors: JSON in base64url, opaque to callers. Each names its store and its list, so that one of
 * another gateway, list or team is refused instead of being read as a place in this one.
 */

/** Far longer than any of ours; keeps the reader from decoding whatever it is sent. */
const MAX_CURSOR_LENGTH = 1024;

const instant = z.int().nonnegative();
const listPlace = z.tuple([z.string(), z.string(), z.string(), instant, z.string()]);
const feedPlace = z.tuple([z.string(), z.literal('FEED'), z.string(), z.int().nonnegative()]);

/** Which list a cursor is a place in: the team's jobs of one kind, in one store. */
export interface ListName {
  readonly storeId: string;
  readonly kind: JobKind;
  readonly team: TeamId;
}

/** The place of one job in a list of its kind. */
export function listCursor({ storeId, kind, team }: ListName, place: JobPosition): string {
  return encode([storeId, kind, team, place.createdAt, place.id]);
}

/** What `listCursor` made for this list. Throws INVALID_INPUT for anything else. */
export function readListCursor({ storeId, kind, team }: ListName, cursor: string): JobPosition {
  const place = decode(listPlace, cursor);
  if (place?.[0] !== storeId || place[1] !== kind || place[2] !== team)
    throw new GatewayError(
      'INVALID_INPUT',
      'Argument "after" is not a cursor of this list. Take endCursor from the page before, or leave it out to start with the newest.',
    );
  return { createdAt: place[3], id: place[4] };
}

/** A place in the team's feed of changes. */
export function feedCursor(storeId: string, team: TeamId, sequence: number): string {
  return encode([storeId, 'FEED', team, sequence]);
}

/** What `feedCursor` made for this team. Throws INVALID_INPUT for anything else. */
export function readFeedCursor(storeId: string, team: TeamId, cursor: string): number {
  const place = decode(feedPlace, cursor);
  if (place?.[0] !== storeId || place[2] !== team) throw notOfThisFeed();
  return place[3];
}

function encode(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * The place that encodes to this very cursor: reading alone would skip what does not belong there.
 */
function decode<Place extends readonly (string | number)[]>(
  shape: z.ZodType<Place>,
  cursor: string,
): Place | null {
  if (cursor.length > MAX_CURSOR_LENGTH) return null;
  const text = Buffer.from(cursor, 'base64url').toString();
  try {
    const place = shape.safeParse(JSON.parse(text));
    return place.success && encode(place.data) === cursor ? place.data : null;
  } catch {
    return null;
  }
}
