import { beforeEach, expect, it } from 'vitest';
import { createStoryIds, type StoryIds } from '../../packages/explorer/src/story-ids.ts';

const EXAMPLE = '{\n  "id": "paste the id of the analysis here"\n}';
const made = (id: string, __typename = 'Analysis') => ({
  data: { submitAnalysis: { __typename, id } },
});

let kept: Map<string, string>;
let ids: StoryIds;
const open = (): StoryIds =>
  createStoryIds({
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
  });

beforeEach(() => {
  kept = new Map();
  ids = open();
});

it('puts the latest id where the example asks for it, and nowhere else', () => {
  expect(ids.fill('tab', EXAMPLE)).toBe(EXAMPLE);
  ids.note(made('a1'));
  expect(ids.fill('tab', EXAMPLE)).toBe('{\n  "id": "a1"\n}');
  const ofTask = '{ "id": "paste the id of the task here" }';
  expect(ids.fill('other', ofTask)).toBe(ofTask);
});

it('replaces the id that it put there itself, also after a reload, and none that somebody typed', () => {
  ids.note(made('a1'));
  const filled = ids.fill('tab', EXAMPLE);
  ids = open();
  ids.note(made('a2'));
  expect(ids.fill('tab', filled)).toBe('{\n  "id": "a2"\n}');
  expect(ids.fill('tab', '{ "id": "a1" }')).toBe('{ "id": "a1" }');
});

it('takes no id from a failure, from a list, or from what is no answer', () => {
  ids.note(made('b1', 'BillingError'));
  ids.note({ data: { analyses: [{ __typename: 'Analysis', id: 'c1' }] } });
  ids.note({ data: null, errors: [] });
  ids.note(null);
  expect(ids.fill('tab', EXAMPLE)).toBe(EXAMPLE);
});

it('tells of each id that it has noted, until it is told to stop', () => {
  const filled: string[] = [];
  const stop = ids.subscribe(() => filled.push(ids.fill('tab', EXAMPLE)));
  ids.note(made('b1', 'BillingError'));
  ids.note(made('a1'));
  stop();
  ids.note(made('a2'));
  expect(filled).toEqual(['{\n  "id": "a1"\n}']);
});
