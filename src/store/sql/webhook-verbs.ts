import { sql } from 'kysely';
import { batched } from '../../runtime/batched.ts';
import { prepared, type InstanceId, type SqlEngine } from './sql-engine.ts';
import { isOrphan } from './orphans.ts';
import type { NewWebhook, WebhookStore } from '../webhook-store.ts';

const NEW_COLUMNS = {
  digest: 'text',
  attempt: 'text',
  team: 'text',
  mutation: 'text',
  key: 'text',
  job_id: 'text',
} as const;

const DIGEST = { digest: 'text' } as const;

/**
 * The verbs about AKOOL's webhooks. They live as long as the purchase whose token they came with.
 */
export function webhookVerbs({ db, dialect }: SqlEngine, instance: InstanceId): WebhookStore {
  const insert = prepared<{ readonly digest: string }>(
    db,
    (list) => sql`
      insert into callback (digest, attempt, team, mutation, key, job_id, owner, received_at, open)
      select digest, attempt, team, mutation, key, job_id, ${instance}, ${dialect.now()}, 1
      from (${dialect.rows(list, NEW_COLUMNS)}) as listed
      where true order by digest
      on conflict (digest) do nothing
      returning digest`,
  );
  const selectEarlier = prepared<{ readonly digest: string; readonly at: number }>(
    db,
    (list) => sql`
      select mine.digest, max(other.received_at) as at from callback as mine
        join callback as other on other.attempt = mine.attempt and other.job_id = mine.job_id
      where mine.digest in (${dialect.rows(list, DIGEST)}) and other.owner <> ${instance} and (
        other.received_at < mine.received_at
        or (other.received_at = mine.received_at and other.digest < mine.digest)
      )
      group by mine.digest`,
  );
  const close = prepared(
    db,
    (list) => sql`update callback set open = 0 where digest in (${dialect.rows(list, DIGEST)})`,
  );
  const recordWebhook = batched(
    async (webhooks: readonly NewWebhook[]) => {
      const rows = webhooks.map(
        ({ digest, purchase: { attempt, team, mutation, key }, jobId }) => ({
          digest,
          attempt,
          team,
          mutation,
          key,
          job_id: jobId,
        }),
      );
      const recorded = await db.executeQuery(insert(rows));
      const digests = new Set(recorded.rows.map(({ digest }) => digest));
      return webhooks.map(({ digest }) => digests.has(digest));
    },
    ({ digest }) => [digest],
  );
  return {
    recordWebhook,

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
      const found = await db.executeQuery(selectEarlier(listed(digests)));
      return new Map(found.rows.map(({ digest, at }) => [digest, at]));
    },

    async closeWebhooks(digests) {
      await db.executeQuery(close(listed(digests)));
    },
  };
}

/** The digests as a list of `DIGEST` rows. */
function listed(digests: readonly string[]) {
  return digests.map((digest) => ({ digest }));
}
