import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { USUAL_BEHAVIOUR } from '../../src/sandbox/behaviour.ts';
import { behaviourOf, cardsIn } from '../../src/sandbox/cards/behaviour-of.ts';
import { cardsAsMarkdown, cardsAsText } from '../../src/sandbox/cards/card-list.ts';
import { CARDS } from '../../src/sandbox/cards/cards.ts';

const video = (path: string): string => `https://slow.example/${path}?card=regress`;

/** Whether a test has the card's name in quotes, in a title or as a part of a URL. */
const namedIn = (text: string, name: string): boolean =>
  new RegExp(`[/'](?:analysis-|task-)?${name}[.':]`).test(text);

describe('reading cards from a URL', () => {
  it('finds none in an ordinary path, in the host or in the query', () => {
    expect(cardsIn(video('holiday.mp4'), 'task')).toEqual([]);
    expect(behaviourOf('task', video('holiday.mp4'))).toEqual(USUAL_BEHAVIOUR);
  });

  it('finds several, in any case, order and folder', () => {
    expect(cardsIn(video('SLOW/x-two-people_never-ends1.mp4'), 'analysis')).toEqual([
      'two-people',
      'slow',
      'never-ends',
    ]);
  });

  it.each(['progress.mp4', 'slowly.mp4', 'twotwo-people.mp4'])(
    'takes no part of a word: %s',
    (path) => {
      expect(cardsIn(video(path), 'analysis')).toEqual([]);
    },
  );

  it('prefers the longer name', () => {
    expect(cardsIn(video('submit-rate-limited.mp4'), 'task')).toEqual(['submit-rate-limited']);
  });

  it('narrows a card to the kind of job in front of it', () => {
    expect(cardsIn(video('task-slow.mp4'), 'task')).toEqual(['slow']);
    expect(cardsIn(video('task-slow.mp4'), 'analysis')).toEqual([]);
    expect(cardsIn(video('analysis-lost-answer.mp4'), 'analysis')).toEqual(['lost-answer']);
    expect(cardsIn(video('analysis-lost-answer.mp4'), 'task')).toEqual([]);
  });

  it('reads faces for tasks', () => {
    const behaviour = behaviourOf('task', video('slow.mp4'), ['https://a.example/task-fails.png']);
    expect(behaviour).toMatchObject({ slowness: 4, ending: 'failed' });
  });

  it('takes a text that is no URL for one without cards', () => {
    expect(cardsIn('slow', 'task')).toEqual([]);
  });

  it.each(CARDS)('gives $name an effect on every kind it acts on', (card) => {
    for (const kind of card.actsOn) {
      expect(cardsIn(video(`${card.name}.mp4`), kind)).toEqual([card.name]);
      expect(behaviourOf(kind, video(`${card.name}.mp4`))).toMatchObject(card.effect);
    }
  });
});

describe('the list of cards', () => {
  it('names every card once', () => {
    expect(new Set(CARDS.map((card) => card.name)).size).toBe(CARDS.length);
    for (const { name } of CARDS) expect(cardsAsText().split(`\n  ${name} `)).toHaveLength(2);
  });

  it('says in one sentence what each does, in less than a line', () => {
    for (const { does } of CARDS) expect(does).toMatch(/^\p{L}[^\n]{10,95}\.$/u);
  });

  it('has each card in a test over HTTP, by name', () => {
    const folder = new URL('.', import.meta.url);
    const tests = readdirSync(folder)
      .filter((file) => file !== 'cards.test.ts')
      .map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const untested = CARDS.filter(({ name }) => !tests.some((text) => namedIn(text, name)));
    expect(untested.map(({ name }) => name)).toEqual([]);
  });

  it('is the one in docs/sandbox.md', () => {
    const docs = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
    expect(docs).toContain(`\n${cardsAsMarkdown()}\n`);
  });
});
