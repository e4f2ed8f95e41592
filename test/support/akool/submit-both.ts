import { expect } from 'vitest';
import type { Submission } from '../../../src/upstream/upstream.ts';
import { clientOf, ANY_TIME, ORDER } from './akool-client.ts';
import type { ScriptedAnswer } from './scripted-answers.ts';
import type { ScriptedUpstream } from './scripted-upstream.ts';

/** Both submissions meet the same answer; each must have been sent once. They are given up after `submitTimeoutMs`. */
export async function submitBoth(
  upstream: ScriptedUpstream,
  reply: ScriptedAnswer,
  submitTimeoutMs = 20_000,
): Promise<Submission<unknown>[]> {
  upstream.always('createTask', reply);
  upstream.always('analyze', reply);
  const client = clientOf(upstream.url, { submitTimeoutMs });
  const outcomes = await Promise.all([
    client.createHeadSwapTask(ORDER, ANY_TIME),
    client.submitAnalysis(ORDER.videoUrl, ANY_TIME),
  ]);
  await client.close();
  expect(upstream.requestsTo('createTask')).toHaveLength(1);
  expect(upstream.requestsTo('analyze')).toHaveLength(1);
  expect(upstream.connections).toBe(2);
  return outcomes;
}

/** What both outcomes are to match. */
export const both = (
  outcome: Readonly<Record<string, unknown>>,
): readonly Readonly<Record<string, unknown>>[] => [outcome, outcome];
