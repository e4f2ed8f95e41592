import { sql } from 'kysely';
import type { InstanceId, SqlEngine } from './sql-engine.ts';
import { isOrphan } from './orphans.ts';
import type { WebhookStore } from '../webhook-store.ts';

/**
 * The verbs about AKOOL's webhooks. They live as long as the purchase whose token they came with.
 */
export function webhookVerbs({ db, dialect }: SqlEngine, instance: InstanceId): WebhookStore {
  const rowsOf = (digests: readonly string[]) =>
    dialect.rows(JSON.stringify(digests.map((digest) => ({ digest }))), { digest: 'text' });
  return {
    async recordWebhook({ digest, purchase, jobId }) {
      const recorded = await db
        .insertInto('callback')
        .values({
          digest,
          attempt: purchase.attempt,
          team: purchase.team,
          mutation: purchase.mutation,
          key: purchase.key,
          job_id: jobId,
          owner: instance,
          received_at: dialect.now(),
          open: 1,
        })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .returning('digest')
        .execute();
      return recorded.length === 1;
    },

    async readOpenWebhooks() {
      const open = await db
        .selectFrom('callback')
        .selectAll()
        // Without bound values, so that the planner sees that the index of open webhooks holds them
        // all.
        .where((eb) => eb('open', '=', eb.lit(1)))
        .where(isOrphan('callback', dialect, instance))
        .orderBy('received_at')
        .orderBy('digest')
        .execute();
      return open.map(({ digest, team, mutation, key, attempt, job_id: jobId, received_at }) => ({
        digest,
        purchase: { team, mutation, key, attempt },
        jobId,
        receivedAt: received_at,
      }));
    },

    async readEarlierWebhooks(digests) {
      const found = await sql<{ readonly digest: string; readonly at: number }>`
        select mine.digest, max(other.received_at) as at from callback as mine
          join callback as other on other.attempt = mine.attempt and other.job_id = mine.job_id
        where mine.digest in (${rowsOf(digests)}) and other.owner <> ${instance} and (
          other.received_at < mine.received_at
          or (other.received_at = mine.received_at and other.digest < mine.digest)
        )
        group by mine.digest`.execute(db);
      return new Map(found.rows.map(({ digest, at }) => [digest, at]));
    },

    async closeWebhooks(digests) {
      await sql`update callback set open = 0 where digest in (${rowsOf(digests)})`.execute(db);
    },
  };
}
