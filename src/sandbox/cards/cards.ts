import { CALLBACK_CARDS } from './callback-cards.ts';
import type { Card } from './card.ts';
import { COURSE_CARDS } from './course-cards.ts';
import { OUTPUT_CARDS } from './output-cards.ts';
import { SPELLING_CARDS } from './spelling-cards.ts';
import { SUBMISSION_CARDS } from './submission-cards.ts';
import { VIDEO_CARDS } from './video-cards.ts';

/** Cards that change the same matter. */
export interface CardGroup {
  readonly title: string;
  readonly cards: readonly Card[];
}

/**
 * Every test card. The printed list, the tables of the docs and what the sandbox does come from
 * here.
 */
export const CARD_GROUPS: readonly CardGroup[] = [
  { title: 'Videos', cards: VIDEO_CARDS },
  { title: 'Answers to submissions', cards: SUBMISSION_CARDS },
  { title: 'The way of a job', cards: COURSE_CARDS },
  { title: 'Spellings', cards: SPELLING_CARDS },
  { title: 'Callbacks', cards: CALLBACK_CARDS },
  { title: 'Outputs', cards: OUTPUT_CARDS },
];

/**
 * The same cards in one list. Where two cards in one URL say different things about one matter, the
 * one further down wins.
 */
export const CARDS: readonly Card[] = CARD_GROUPS.flatMap((group) => group.cards);
