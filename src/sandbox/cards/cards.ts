import type { Behaviour, SandboxJobKind } from '../behaviour.ts';

/** A test card: a name that, found in a URL's path, changes how a job behaves. */
export interface Card {
  readonly name: string;
  /**
   * The kinds of job it acts on, unless the URL narrows it with `analysis-` or `task-` in front of
   * the name.
   */
  readonly actsOn: readonly SandboxJobKind[];
  /** What it does, in one sentence. */
  readonly does: string;
  readonly effect: Partial<Behaviour>;
}

const ANALYSIS: readonly SandboxJobKind[] = ['analysis'];
const TASK: readonly SandboxJobKind[] = ['task'];
const BOTH: readonly SandboxJobKind[] = ['analysis', 'task'];

const TOO_OFTEN = { code: 1005, msg: 'Operation is too frequent' };
const SERVER_ERROR = { code: 2001, msg: 'Server error' };

function found(name: string, people: number, does: string): Card {
  return { name, actsOn: ANALYSIS, does, effect: { people } };
}

function badVideo(name: string, code: number, msg: string, does: string): Card {
  return { name, actsOn: ANALYSIS, does, effect: { refusal: { code, msg } } };
}

/**
 * Every test card. The printed list, the table in docs/sandbox.md and what the sandbox does all
 * come from here. Where two cards in one URL say different things about the same matter, the one
 * further down this list wins.
 */
export const CARDS: readonly Card[] = [
  found('no-people', 0, 'The analysis completes and finds nobody.'),
  found('one-person', 1, 'The analysis finds one person, as it does without any card.'),
  found('two-people', 2, 'The analysis finds two people.'),
  found('three-people', 3, 'The analysis finds three people.'),
  found('five-people', 5, 'The analysis finds five people, as many as one task can map.'),
  badVideo('no-audio', 1203, 'Video must carry audio', 'Analyze is refused with 1203.'),
  badVideo('too-long', 1204, 'Video is too long', 'Analyze is refused with 1204.'),
  badVideo('too-big', 1207, 'Video is too big', 'Analyze is refused with 1207.'),
  badVideo('unreadable', 1208, 'Video cannot be parsed', 'Analyze is refused with 1208.'),
  badVideo('bad-codec', 1209, 'Video codec is not supported', 'Analyze is refused with 1209.'),
  badVideo('bad-fps', 1210, 'Video frame rate is not supported', 'Analyze is refused with 1210.'),
  {
    name: 'no-credits',
    actsOn: TASK,
    does: 'Create is refused with 1104, whatever the balance.',
    effect: { refusal: { code: 1104, msg: 'Insufficient credits' } },
  },
  {
    name: 'submit-rate-limited',
    actsOn: TASK,
    does: 'The first create for that video is refused with 1005, the next is accepted.',
    effect: { refusal: TOO_OFTEN, refusedOnce: true },
  },
  {
    name: 'submit-server-error',
    actsOn: TASK,
    does: 'Create is answered with 2001 and makes no task.',
    effect: { refusal: SERVER_ERROR },
  },
  {
    name: 'late-answer',
    actsOn: TASK,
    does: 'The task is made at once, but the answer to create comes 15 s later.',
    effect: { answer: 'late' },
  },
  {
    name: 'lost-answer',
    actsOn: TASK,
    does: 'The task is made, then the connection is cut before the answer to create.',
    effect: { answer: 'cut' },
  },
  {
    name: 'slow',
    actsOn: BOTH,
    does: 'The job takes four times as long.',
    effect: { slowness: 4 },
  },
  {
    name: 'analysis-fails',
    actsOn: ANALYSIS,
    does: 'The analysis ends with status 4.',
    effect: { ending: 'failed' },
  },
  {
    name: 'task-fails',
    actsOn: TASK,
    does: 'The task ends with status 4.',
    effect: { ending: 'failed' },
  },
  {
    name: 'never-ends',
    actsOn: BOTH,
    does: 'The job stays at status 2 for good; its progress never reaches 100.',
    effect: { ending: 'never' },
  },
  {
    name: 'vanishes',
    actsOn: BOTH,
    does: 'From 60 % of the job’s time on, reads are answered with 1014.',
    effect: { ending: 'vanishes' },
  },
  {
    name: 'regress',
    actsOn: BOTH,
    does: 'The status falls back from 2 to 1 half way, and from 3 or 4 to 2 for a while after the end.',
    effect: { regresses: true },
  },
  {
    name: 'unknown-status',
    actsOn: BOTH,
    does: 'The status is 5, then 9, from 40 to 60 % of the job’s time.',
    effect: { unknownStatus: true },
  },
  {
    name: 'no-url-yet',
    actsOn: BOTH,
    does: 'Status 3 and the callback come at the end, the output URL (or the persons) 40 % of the job’s time later.',
    effect: { resultLate: true },
  },
  {
    name: 'rate-limited',
    actsOn: BOTH,
    does: 'Reads are answered with 1005 from 30 to 60 % of the job’s time.',
    effect: { readRefusal: TOO_OFTEN },
  },
  {
    name: 'server-error',
    actsOn: BOTH,
    does: 'Reads are answered with 2001 from 30 to 60 % of the job’s time.',
    effect: { readRefusal: SERVER_ERROR },
  },
  {
    name: 'duplicate-webhook',
    actsOn: TASK,
    does: 'Every callback is sent three times.',
    effect: { callbackCopies: 3 },
  },
  {
    name: 'lost-webhook',
    actsOn: TASK,
    does: 'No callback is ever sent.',
    effect: { callbackCopies: 0 },
  },
  {
    name: 'delayed-webhook',
    actsOn: TASK,
    does: 'The final callback is sent twice the job’s time after the create.',
    effect: { callbackDelay: 1 },
  },
  {
    name: 'early-webhook',
    actsOn: TASK,
    does: 'A callback with status 2 arrives before the answer to create; the final one follows as usual.',
    effect: { callbackEarly: true },
  },
  {
    name: 'underway-webhook',
    actsOn: TASK,
    does: 'A callback with status 2 is sent half way, the final one follows as usual.',
    effect: { callbackUnderway: true },
  },
  {
    name: 'reordered-webhook',
    actsOn: TASK,
    does: 'The final callback is followed by one with status 2.',
    effect: { callbackReordered: true },
  },
  {
    name: 'lying-webhook',
    actsOn: TASK,
    does: 'A correctly signed callback says status 4 half way, although the task goes on and completes.',
    effect: { callbackLies: true },
  },
];
