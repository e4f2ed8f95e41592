import type { Behaviour } from '../behaviour.ts';

/** What to answer, and how. */
export interface Reply {
  readonly envelope: object;
  readonly answer: Behaviour['answer'];
}

/** An envelope answered without any card's interference. */
export function atOnce(envelope: object): Reply {
  return { envelope, answer: 'at once' };
}

/** The envelope of a success. */
export function success(data: object, msg = 'OK'): object {
  return { code: 1000, msg, data };
}

/** The refusal of what the caller sent. */
export function parameterError(msg: string): Reply {
  return atOnce({ code: 1003, msg });
}
