import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { isHarmless, lossReport } from '../../src/cli/backup/loss-report.ts';
import { leftOutKey } from '../../src/store/purchase.ts';
import { lossOf } from '../../src/store/sql/backup/restore-loss.ts';
import type { BuyingKey } from '../../src/store/sql/backup/restore-timeline.ts';

const empty = { keys: [], asOf: 0 };

function bought(mutation: BuyingKey['mutation'], key: string): BuyingKey {
  return { team: 'team', mutation, key, state: 'ACCEPTED', jobId: 'job', since: 1 };
}

it('a restore counts the keys of callers, and not the analyses that were asked for without one', () => {
  const uuid = randomUUID();
  const unheld = bought('submitAnalysis', leftOutKey(uuid));
  const held = [
    bought('submitAnalysis', uuid),
    bought('submitAnalysis', 'unkeyed-1'),
    bought('createHeadSwapTask', leftOutKey(uuid)),
  ];
  const loss = lossOf({ keys: [unheld, ...held], asOf: 1 }, empty);
  expect(loss.buyAgain).toEqual(held);
  expect(isHarmless(loss)).toBe(false);
  const harmless = lossOf({ keys: [unheld], asOf: 1 }, empty);
  expect(isHarmless(harmless)).toBe(true);
  expect(lossReport(harmless)).not.toContain(unheld.key);
});

it('a restore without a present database is never harmless', () => {
  expect(isHarmless(lossOf(null, empty))).toBe(false);
});
