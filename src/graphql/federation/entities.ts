import { z } from 'zod';
import { GatewayError } from '../../domain/errors.ts';
import type { Job, JobKind } from '../../domain/job.ts';
import type { GraphContext } from '../context.ts';
import { MAX_ID_LENGTH } from '../limits.ts';

/** The types that other subgraphs may refer to, by their `id`. */
export const ENTITIES = ['Analysis', 'HeadSwapTask'] as const;

const KINDS: Readonly<Record<(typeof ENTITIES)[number], JobKind>> = {
  Analysis: 'ANALYSIS',
  HeadSwapTask: 'HEAD_SWAP_TASK',
};

const reference = z.object({
  __typename: z.enum(ENTITIES),
  id: z.string().min(1).max(MAX_ID_LENGTH),
});

/**
 * The job that a representation stands for, of the caller's team alone; null: the store does not
 * know it. AKOOL is not asked, so that however many references cost one read of the store. Rejects
 * with INVALID_INPUT for what is no reference to a job.
 */
export async function findEntity(
  representation: unknown,
  { caller, loaders }: GraphContext,
): Promise<Job | null> {
  const parsed = reference.safeParse(representation);
  if (!parsed.success) {
    throw new GatewayError(
      'INVALID_INPUT',
      `A representation needs "__typename", one of ${ENTITIES.join(' and ')}, and "id", a text of at most ${MAX_ID_LENGTH} characters.`,
    );
  }
  const { __typename, id } = parsed.data;
  return loaders.known.load({ team: caller.team, kind: KINDS[__typename], id });
}

/** The name of a job's type. */
export function typeOfEntity({ kind }: Job): string {
  return kind === 'ANALYSIS' ? 'Analysis' : 'HeadSwapTask';
}
