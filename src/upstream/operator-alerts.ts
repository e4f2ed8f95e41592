import type { Log } from '../runtime/log.ts';
import { readingOf } from './answers/codes.ts';

/**
 * Told of every code that AKOOL finally gave, or of the HTTP status where it was not AKOOL that
 * refused; says in the log what only the operator can put right.
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
