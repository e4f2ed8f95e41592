/** The two kinds of work whose status can be asked for. */
export type SandboxJobKind = 'analysis' | 'task';

/** An envelope code and its message, as AKOOL words such things. */
export interface Refusal {
  readonly code: number;
  readonly msg: string;
}

/** What a read gets in place of the job; `html`: a proxy's error page with HTTP 502. */
export type ReadTrouble =
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | { readonly kind: 'empty data' }
  | { readonly kind: 'html' };

/** How a submission is answered. */
interface SubmissionBehaviour {
  /** The submission is answered with this and nothing is made; null: it is accepted. */
  readonly refusal: Refusal | null;
  /** The refusal is given to the first submission of that video only. */
  readonly refusedOnce: boolean;
  /** Answered with an HTML error page of this HTTP status, and nothing is made; null: with JSON. */
  readonly refusalPage: 403 | 502 | null;
  /**
   * What becomes of the answer to an accepted submission. `cut`: the connection is closed instead;
   * `html`: a proxy's error page with HTTP 502 takes its place.
   */
  readonly answer: 'at once' | 'late' | 'cut' | 'html';
}

/** What an analysis finds. */
interface FindingBehaviour {
  /** How many people the analysis finds, 0 to 5. */
  readonly people: number;
  /** Beside the people found, the list has an entry with neither `obj_id` nor picture. */
  readonly garbledPerson: boolean;
  /** How long the video is said to be; null: nothing is said of the video. */
  readonly videoSeconds: number | null;
}

/** Which state a job is in, and when. */
interface CourseBehaviour {
  /** How many times longer than usual the job takes. */
  readonly slowness: number;
  /**
   * How the job ends. `unknown`: with status 5, for good; `vanishes`: from 60 % of its time on
   * AKOOL denies knowing it.
   */
  readonly ending: 'completed' | 'failed' | 'unknown' | 'never' | 'vanishes';
  /** Status 1 again from 50 to 65 % of the job's time, and status 2 for a while after its end. */
  readonly regresses: boolean;
  /** Status 5, then 9, from 40 to 60 % of the job's time. */
  readonly unknownStatus: boolean;
  /** Status 3 is told from the end on, the result only 40 % of the job's time later. */
  readonly resultLate: boolean;
  /** What reads get in the first 60 % of the job's time; null: the job. Wins over `midTrouble`. */
  readonly firstTrouble: ReadTrouble | null;
  /** What reads get from 30 to 60 % of the job's time; null: the job. */
  readonly midTrouble: ReadTrouble | null;
}

/** How a job is spelled in JSON. */
interface SpellingBehaviour {
  /** Every number is a string, the envelope's code included. */
  readonly numbersAsStrings: boolean;
  /** Each `obj_id` is a string. */
  readonly objIdsAsStrings: boolean;
  /** `create_time` is ISO text. */
  readonly isoTime: boolean;
  /** The fields that tell why a job failed; null: `error_reason` and `error_code`. */
  readonly failureFields: Readonly<Record<string, string>> | null;
}

/** Which callbacks a task sends, and what they say. */
interface CallbackBehaviour {
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
  /** Every callback says status 1. */
  readonly callbackQueued: boolean;
  /** The status in a callback is a string. */
  readonly callbackStatusAsString: boolean;
  /** Fields that a callback does not have. */
  readonly callbackLacks: readonly ('status' | 'type' | 'url')[];
}

/** The files a job made: a task's output, an analysis's previews. */
interface FileBehaviour {
  /** The URL is told from the first answer on, long before the file is there. */
  readonly urlEarly: boolean;
  /** The URL has white space around it. */
  readonly urlBlanks: boolean;
  /** An output's file name ends in this. */
  readonly outputExtension: 'mp4' | 'm4v';
  /** The `Content-Type` of an output; null: that of the file. */
  readonly outputType: string | null;
  /** Pages of another origin may read the file. */
  readonly fileCors: boolean;
  /**
   * What a request for the file gets. `forbidden first`: 403 as plain text for some seconds, then
   * the file; `redirect`: the file, one redirect further; `html`: a page with HTTP 200;
   * `truncated`: half of the bytes that were announced, then the connection ends.
   */
  readonly fileAnswer: 'file' | 'forbidden first' | 'redirect' | 'html' | 'truncated';
}

/**
 * How one job behaves from its submission to its last callback. Cards change single fields of it.
 */
export type Behaviour = SubmissionBehaviour &
  FindingBehaviour &
  CourseBehaviour &
  SpellingBehaviour &
  CallbackBehaviour &
  FileBehaviour;

/** A job no card speaks of: one person found, everything goes well, one final callback. */
export const USUAL_BEHAVIOUR: Behaviour = {
  refusal: null,
  refusedOnce: false,
  refusalPage: null,
  answer: 'at once',
  people: 1,
  garbledPerson: false,
  videoSeconds: 4,
  slowness: 1,
  ending: 'completed',
  regresses: false,
  unknownStatus: false,
  resultLate: false,
  firstTrouble: null,
  midTrouble: null,
  numbersAsStrings: false,
  objIdsAsStrings: false,
  isoTime: false,
  failureFields: null,
  callbackCopies: 1,
  callbackDelay: 0,
  callbackEarly: false,
  callbackUnderway: false,
  callbackReordered: false,
  callbackLies: false,
  callbackQueued: false,
  callbackStatusAsString: false,
  callbackLacks: [],
  urlEarly: false,
  urlBlanks: false,
  outputExtension: 'mp4',
  outputType: null,
  fileCors: false,
  fileAnswer: 'file',
};
