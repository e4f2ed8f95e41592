import { GatewayError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';

/** Something took longer than it may. */
export class DeadlineError extends GatewayError {
  constructor() {
    super('TIMEOUT', 'This took too long, and its answer is given up.');
  }
}

/**
 * What `promise` resolves to, or a rejection with DeadlineError after `milliseconds`. The work goes
 * on, since nothing can stop it; what it comes to is then given to `late`, and a late failure is
 * dropped.
 */
export async function within<Result>(
  promise: Promise<Result>,
  milliseconds: number,
  clock: Clock,
  late: (result: Result) => void = () => {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let over = false;
    const cancel = clock.after(milliseconds, () => {
      over = true;
      reject(new DeadlineError());
    });
    promise.then(
      (result) => {
        cancel();
        if (over) late(result);
        else resolve(result);
      },
      (error: unknown) => {
        cancel();
        reject(error instanceof Error ? error : new Error('A rejection without an error'));
      },
    );
  });
}
