import type { Log } from '../runtime/log.ts';

/** What a code means for a read. */
export type ReadReading =
  | 'success'
  /** AKOOL does not know the job, or it is another account's. */
  | 'denied'
  /** The whole account is to pause. */
  | 'slow-down'
  /** Something went wrong on AKOOL's side; the same read may succeed in a moment. */
  | 'try-later'
  /** AKOOL will say the same again. */
  | 'refused';

/** What a code means for a submit or create; named as the outcomes of `Submission`. */
export type SubmissionReading = 'accepted' | 'billing' | 'rejected' | 'unavailable' | 'unknown';

/** How one code is read. */
export interface CodeReading {
  readonly read: ReadReading;
  readonly submission: SubmissionReading;
  /** What only the operator can put right; null for everything else. */
  readonly forOperator: string | null;
}

/** The only code that is success. */
export const SUCCESS_CODE = 1000;

/** The sign-in is invalid or has expired: with a bearer token, the moment to get a new one. */
export const SIGN_IN_EXPIRED_CODE = 1101;

/** A processing error; what a create that got it came to, `ProcessingErrorPolicy` says. */
export const PROCESSING_ERROR_CODE = 1015;

/** Does not exist, or is not yours. */
export const DOES_NOT_EXIST_CODE = 1008;

const SUCCESS: CodeReading = { read: 'success', submission: 'accepted', forOperator: null };
const SLOW_DOWN: CodeReading = { read: 'slow-down', submission: 'unavailable', forOperator: null };
const BILLING: CodeReading = { read: 'refused', submission: 'billing', forOperator: null };
const REJECTED: CodeReading = { read: 'refused', submission: 'rejected', forOperator: null };
const NOT_FOUND: CodeReading = { read: 'denied', submission: 'rejected', forOperator: null };
const TRY_LATER: CodeReading = { read: 'try-later', submission: 'unknown', forOperator: null };
const forOperator = (advice: string): CodeReading => ({ ...REJECTED, forOperator: advice });

/** Every code that AKOOL documents for head swap. */
const READINGS: ReadonlyMap<number, CodeReading> = new Map([
  [SUCCESS_CODE, SUCCESS],
  [1003, REJECTED], // a parameter is wrong, or the feature is not enabled for the account
  [1004, REJECTED], // verification required
  [1005, SLOW_DOWN], // too frequent
  [1006, BILLING], // quota used up
  [1007, REJECTED], // too many faces
  [DOES_NOT_EXIST_CODE, NOT_FOUND],
  [1009, REJECTED], // no permission
  [1010, REJECTED], // cannot be operated
  [1011, REJECTED], // already operated
  [1014, NOT_FOUND], // does not exist, or is not yours
  [PROCESSING_ERROR_CODE, TRY_LATER],
  [1016, REJECTED], // face swapping error
  [SIGN_IN_EXPIRED_CODE, forOperator('AKOOL does not accept the API key or token.')],
  [1102, forOperator('AKOOL found no API key or token in the request.')],
  [1103, BILLING], // unpaid
  [1104, BILLING], // not enough credits
  [1108, TRY_LATER], // processing error
  [1200, forOperator('AKOOL has banned the account.')],
  [1203, REJECTED], // the video must carry audio
  [1204, REJECTED], // the video is too long
  [1205, TRY_LATER], // processing error
  [1207, REJECTED], // the video is too big
  [1208, REJECTED], // the video cannot be parsed
  [1209, REJECTED], // the video's codec
  [1210, REJECTED], // the video's frame rate
  [1213, BILLING], // subscription needed
  [1221, BILLING], // subscription needed
  [1222, REJECTED], // already exists
  [2001, TRY_LATER], // server error
]);

/** The documented codes, ascending. */
export const DOCUMENTED_CODES: readonly number[] = [...READINGS.keys()].sort((a, b) => a - b);

/**
 * How to read a code. One that is not documented is read as a server error: it proves nothing, so a
 * create's outcome is unknown.
 */
export function readingOf(code: number): CodeReading {
  return READINGS.get(code) ?? TRY_LATER;
}

/**
 * Takes each code that AKOOL finally gave, or the HTTP status where something in front of AKOOL
 * refused. Logs what only the operator can put right.
 */
export type AccountWatch = (code: number) => void;

/** AKOOL's codes have four digits, HTTP's statuses three. */
const LEAST_CODE = 1000;

const NOT_AKOOL =
  "What answers at AKOOL_BASE_URL is not AKOOL's API: check the URL and what stands in front of it.";

/**
 * A watch for one account. The same trouble is said once, and again only after AKOOL gave another
 * code in between.
 */
export function createAccountWatch(log: Log): AccountWatch {
  let said: number | null = null;
  return (code) => {
    const forOperator = code < LEAST_CODE ? NOT_AKOOL : readingOf(code).forOperator;
    if (forOperator !== null && said !== code) log.error({ akoolCode: code }, forOperator);
    said = forOperator === null ? null : code;
  };
}
