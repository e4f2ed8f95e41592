import { sql, type RawBuilder } from 'kysely';
import type { PurchaseState } from '../../purchase.ts';

/** How long an attempt that bought nothing is kept for those who wait to hear of it. */
const FREED_KEEP_MS = 60 * 60 * 1000;

/** Until when an attempt is kept that is moved now. */
export function livesUntil(to: PurchaseState, now: RawBuilder<number>): RawBuilder<number> {
  switch (to) {
    case 'ACCEPTED':
      // Its outcome may have been unknown for longer than that; whoever asked all the while is
      // still to hear of it.
      return sql`${now} + purchase.expires_at - purchase.created_at`;
    case 'REJECTED':
    case 'NOT_SENT':
      return sql`case when expires_at < ${now} + ${FREED_KEEP_MS} then expires_at else ${now} + ${FREED_KEEP_MS} end`;
    case 'RESERVED':
    case 'SENDING':
    case 'UNKNOWN':
    case 'ABANDONED':
      return sql`expires_at`;
  }
}
