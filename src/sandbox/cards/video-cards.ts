import { type Card, analysisCard, jobCard } from './card.ts';

function found(name: string, people: number, does: string): Card {
  return analysisCard(name, does, { people });
}

function badVideo(name: string, code: number, msg: string): Card {
  return analysisCard(name, `Analyze is refused with ${code}.`, { refusal: { code, msg } });
}

/** What is in the video, and what is wrong with it. */
export const VIDEO_CARDS: readonly Card[] = [
  found('no-people', 0, 'The analysis completes and finds nobody.'),
  found('one-person', 1, 'The analysis finds one person, as it does without any card.'),
  found('two-people', 2, 'The analysis finds two people.'),
  found('three-people', 3, 'The analysis finds three people.'),
  found('five-people', 5, 'The analysis finds five people, as many as one task can map.'),
  analysisCard(
    'garbled-person',
    'Beside the people found, the list has an entry with neither obj_id nor picture.',
    { garbledPerson: true },
  ),
  jobCard('one-second', 'The analysis says that the video lasts 1 s. Create is accepted.', {
    videoSeconds: 1,
  }),
  jobCard('twelve-seconds', 'The video lasts 12 s, and so does the output, which is a real one.', {
    videoSeconds: 12,
  }),
  jobCard('forty-seconds', 'The analysis says that the video lasts 40 s. Create is accepted.', {
    videoSeconds: 40,
  }),
  jobCard('unknown-length', 'The analysis says nothing of the video: no size, no frames.', {
    videoSeconds: null,
  }),
  badVideo('no-audio', 1203, 'Video must carry audio'),
  badVideo('too-long', 1204, 'Video is too long'),
  badVideo('too-big', 1207, 'Video is too big'),
  badVideo('unreadable', 1208, 'Video cannot be parsed'),
  badVideo('bad-codec', 1209, 'Video codec is not supported'),
  badVideo('bad-fps', 1210, 'Video frame rate is not supported'),
];
