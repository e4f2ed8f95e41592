import { type Card, analysisCard, jobCard, taskCard } from './card.ts';
import { SERVER_ERROR, TOO_OFTEN } from './refusals.ts';

/** Which way a job goes from its submission to its end. */
export const COURSE_CARDS: readonly Card[] = [
  jobCard('slow', 'The job takes four times as long.', { slowness: 4 }),
  analysisCard('analysis-fails', 'The analysis ends with status 4.', { ending: 'failed' }),
  taskCard('task-fails', 'The task ends with status 4.', { ending: 'failed' }),
  jobCard('never-ends', 'The job stays at status 2 for good; its progress never reaches 100.', {
    ending: 'never',
  }),
  jobCard('ends-unknown', 'The job ends with status 5 and stays so. No callback is sent.', {
    ending: 'unknown',
  }),
  jobCard('vanishes', 'From 60 % of the job’s time on, reads are answered with 1014.', {
    ending: 'vanishes',
  }),
  jobCard(
    'regress',
    'The status falls back from 2 to 1 half way, and from 3 or 4 to 2 a while after the end.',
    { regresses: true },
  ),
  jobCard('unknown-status', 'The status is 5, then 9, from 40 to 60 % of the job’s time.', {
    unknownStatus: true,
  }),
  jobCard(
    'no-url-yet',
    'Status 3 and the callback come at the end, the result 40 % of the job’s time later.',
    { resultLate: true },
  ),
  jobCard(
    'still-initialising',
    'Reads in the first 60 % of the job’s time are answered with 1015.',
    {
      firstTrouble: {
        kind: 'refusal',
        refusal: { code: 1015, msg: 'Failed to get results: still initializing' },
      },
    },
  ),
  jobCard('not-found-yet', 'Reads in the first 60 % of the job’s time are answered with 1014.', {
    firstTrouble: { kind: 'refusal', refusal: { code: 1014, msg: 'Resource does not exist' } },
  }),
  jobCard('empty-data', 'Reads in the first 60 % of the job’s time have 1000 and an empty data.', {
    firstTrouble: { kind: 'empty data' },
  }),
  jobCard('rate-limited', 'Reads are answered with 1005 from 30 to 60 % of the job’s time.', {
    midTrouble: { kind: 'refusal', refusal: TOO_OFTEN },
  }),
  jobCard('server-error', 'Reads are answered with 2001 from 30 to 60 % of the job’s time.', {
    midTrouble: { kind: 'refusal', refusal: SERVER_ERROR },
  }),
  jobCard('html-error', 'Reads get an HTML page and HTTP 502 from 30 to 60 % of the job’s time.', {
    midTrouble: { kind: 'html' },
  }),
];
