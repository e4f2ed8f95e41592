import type { Refusal } from '../behaviour.ts';

/** AKOOL's answer to whoever asks too often. */
export const TOO_OFTEN: Refusal = { code: 1005, msg: 'Operation is too frequent' };

/** AKOOL's answer when something went wrong on its side. */
export const SERVER_ERROR: Refusal = { code: 2001, msg: 'Server error' };
