import { describe, expect, it } from 'vitest';
import { type Behaviour, USUAL_BEHAVIOUR } from '../../src/sandbox/behaviour.ts';
import { callbackPlan } from '../../src/sandbox/callbacks/callback-plan.ts';
import { type Moment, momentAt } from '../../src/sandbox/timeline.ts';

function labelOf(moment: Moment): string {
  if (moment.kind === 'shown') return `${moment.status}${moment.hasResult ? '+result' : ''}`;
  return moment.kind === 'refusal' ? `${moment.refusal.code}` : moment.kind;
}

/** What reads show over one and a half durations: each status (or code) with the percent of the time at which it begins. */
function story(change: Partial<Behaviour>): string {
  const told: string[] = [];
  let last = '';
  for (let percent = 0; percent <= 200; percent += 1) {
    const moment = momentAt(percent * 10, 1_000, { ...USUAL_BEHAVIOUR, ...change });
    const now = labelOf(moment);
    if (now !== last) told.push(`${now}@${percent}`);
    last = now;
  }
  return told.join(' ');
}

describe('the timeline of a job', () => {
  it.each<[string, Partial<Behaviour>, string]>([
    ['usually', {}, '1@0 2@10 3+result@100'],
    ['fails', { ending: 'failed' }, '1@0 2@10 4@100'],
    ['never ends', { ending: 'never' }, '1@0 2@10'],
    ['vanishes', { ending: 'vanishes' }, '1@0 2@10 1014@60'],
    ['regresses', { regresses: true }, '1@0 2@10 1@50 2@65 3+result@100 2@120 3+result@160'],
    ['has unknown statuses', { unknownStatus: true }, '1@0 2@10 5@40 9@50 2@60 3+result@100'],
    ['has its result late', { resultLate: true }, '1@0 2@10 3@100 3+result@140'],
    [
      'refuses reads',
      { midTrouble: { kind: 'refusal', refusal: { code: 1005, msg: '' } } },
      '1@0 2@10 1005@30 2@60 3+result@100',
    ],
    ['is HTML for a while', { midTrouble: { kind: 'html' } }, '1@0 2@10 html@30 2@60 3+result@100'],
    [
      'is empty at first',
      { firstTrouble: { kind: 'empty data' } },
      'empty data@0 2@60 3+result@100',
    ],
    [
      'is empty at first, and HTML for no longer',
      { firstTrouble: { kind: 'empty data' }, midTrouble: { kind: 'html' } },
      'empty data@0 2@60 3+result@100',
    ],
    ['ends with an unknown status', { ending: 'unknown' }, '1@0 2@10 5@100'],
  ])('%s', (_, change, expected) => {
    expect(story(change)).toBe(expected);
  });

  it('shows progress that rises, stays below 100 until the end, and is 100 then', () => {
    const progress = Array.from({ length: 21 }, (_, step) => {
      const moment = momentAt(step * 50, 1_000, USUAL_BEHAVIOUR);
      return moment.kind === 'shown' ? moment.progress : -1;
    });
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(new Set(progress).size).toBeGreaterThan(15);
    expect(progress.slice(0, 20).every((each) => each >= 0 && each < 100)).toBe(true);
    expect(progress[20]).toBe(100);
  });
});

describe('the callbacks of a task', () => {
  it.each<[string, Partial<Behaviour>, string]>([
    ['one at the end', {}, '3@1000'],
    ['one for a failure', { ending: 'failed' }, '4@1000'],
    ['none without an end', { ending: 'never' }, ''],
    ['none when it ends with an unknown status', { ending: 'unknown' }, ''],
    ['none when it vanishes', { ending: 'vanishes' }, ''],
    ['none when they get lost', { callbackCopies: 0, callbackUnderway: true }, ''],
    ['each three times', { callbackCopies: 3 }, '3@1000 3@1000 3@1000'],
    ['late', { callbackDelay: 1 }, '3@2000'],
    ['one before the answer', { callbackEarly: true }, '2@null 3@1000'],
    ['one underway', { callbackUnderway: true }, '2@500 3@1000'],
    ['out of order', { callbackReordered: true }, '3@1000 2@1100'],
    ['a lie', { callbackLies: true }, '4@500 3@1000'],
  ])('are %s', (_, change, expected) => {
    const plan = callbackPlan(1_000, { ...USUAL_BEHAVIOUR, ...change });
    expect(plan.map(({ atMs, status }) => `${status}@${atMs}`).join(' ')).toBe(expected);
  });
});
