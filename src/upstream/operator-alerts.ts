import type { Log } from '../runtime/log.ts';
import { readingOf } from './answers/codes.ts';

/** Told of every code that AKOOL finally gave; says in the log what only the operator can put right. */
export type AccountWatch = (code: number) => void;

/** A watch for one account. The same trouble is said once, and again only after AKOOL gave another code in between. */
export function createAccountWatch(log: Log): AccountWatch {
  let said: number | null = null;
  return (code) => {
    const { forOperator } = readingOf(code);
    if (forOperator !== null && said !== code) log.error({ akoolCode: code }, forOperator);
    said = forOperator === null ? null : code;
  };
}
