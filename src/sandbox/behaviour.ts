/** The two kinds of work whose status can be asked for. */
export type SandboxJobKind = 'analysis' | 'task';

/** An envelope code and its message, as AKOOL words such things. */
export interface Refusal {
  readonly code: number;
  readonly msg: string;
}

/**
 * How one job behaves from its submission to its last callback. Cards change single fields of it.
 */
export interface Behaviour {
  /** How many people the analysis finds, 0 to 5. */
  readonly people: number;
  /** The submission is answered with this and nothing is made; null: it is accepted. */
  readonly refusal: Refusal | null;
  /** The refusal is given to the first submission of that video only. */
  readonly refusedOnce: boolean;
  /**
   * What becomes of the answer to an accepted submission; `cut`: the connection is closed instead.
   */
  readonly answer: 'at once' | 'late' | 'cut';
  /** How many times longer than usual the job takes. */
  readonly slowness: number;
  /** How the job ends; `vanishes`: from 60 % of its time on AKOOL denies knowing it. */
  readonly ending: 'completed' | 'failed' | 'never' | 'vanishes';
  /**
   * Status 1 again from 50 to 65 % of the job's time, and status 2 again for a while after its end.
   */
  readonly regresses: boolean;
  /** Status 5, then 9, from 40 to 60 % of the job's time. */
  readonly unknownStatus: boolean;
  /**
   * Status 3 is told from the end on, the result (URL or persons) only 40 % of the job's time
   * later.
   */
  readonly resultLate: boolean;
  /** Reads from 30 to 60 % of the job's time are answered with this. */
  readonly readRefusal: Refusal | null;
  /** How many times each callback is sent; 0: never. */
  readonly callbackCopies: number;
  /** How long after the end the final callback is sent, in durations of the job. */
  readonly callbackDelay: number;
  /** A callback with status 2 arrives before the create's own answer. */
  readonly callbackEarly: boolean;
  /** A callback with status 2 is sent on the way. */
  readonly callbackUnderway: boolean;
  /** A callback with status 2 is sent after the final one. */
  readonly callbackReordered: boolean;
  /** A correctly signed callback says status 4 while the task is still running. */
  readonly callbackLies: boolean;
}

/** A job no card speaks of: one person found, everything goes well, one final callback. */
export const USUAL_BEHAVIOUR: Behaviour = {
  people: 1,
  refusal: null,
  refusedOnce: false,
  answer: 'at once',
  slowness: 1,
  ending: 'completed',
  regresses: false,
  unknownStatus: false,
  resultLate: false,
  readRefusal: null,
  callbackCopies: 1,
  callbackDelay: 0,
  callbackEarly: false,
  callbackUnderway: false,
  callbackReordered: false,
  callbackLies: false,
};
