import { type Card, jobCard, taskCard } from './card.ts';
import { SERVER_ERROR, TOO_OFTEN } from './refusals.ts';

/** How submissions are answered. */
export const SUBMISSION_CARDS: readonly Card[] = [
  jobCard(
    'unreachable',
    'Analyze (or, for a face, create) is answered with 1015 and makes nothing.',
    { refusal: { code: 1015, msg: 'Video processing error, please try again later' } },
  ),
  taskCard('no-credits', 'Create is refused with 1104, whatever the balance.', {
    refusal: { code: 1104, msg: 'Insufficient credits' },
  }),
  taskCard(
    'submit-rate-limited',
    'The first create for that video is refused with 1005, the next is accepted.',
    { refusal: TOO_OFTEN, refusedOnce: true },
  ),
  taskCard('submit-server-error', 'Create is answered with 2001 and makes no task.', {
    refusal: SERVER_ERROR,
  }),
  taskCard(
    'submit-html-error',
    'Create is answered with an HTML page and HTTP 502 and makes no task.',
    { refusalPage: 502 },
  ),
  taskCard(
    'submit-html-forbidden',
    'Create is answered with an HTML page and HTTP 403 and makes no task.',
    { refusalPage: 403 },
  ),
  taskCard('late-answer', 'The task is made at once, but create is answered 15 s later.', {
    answer: 'late',
  }),
  taskCard(
    'lost-answer',
    'The task is made, then the connection is cut before the answer to create.',
    { answer: 'cut' },
  ),
  taskCard('html-answer', 'The task is made, but create is answered with HTML and HTTP 502.', {
    answer: 'html',
  }),
];
