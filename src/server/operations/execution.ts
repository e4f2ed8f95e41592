import { execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { GatewayError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toError } from '../../runtime/errors.ts';
import { clientError } from '../client-error.ts';
import type { CompiledQueries } from './compiled-queries.ts';
import { asGraphqlError } from './as-graphql-error.ts';
import type { ServerLimits } from '../limits.ts';

/** Runs operations once they may run. */
export interface Execution {
  /**
   * Runs a query, or answers one event of a subscription. Past the deadline the answer is TIMEOUT.
   * Never throws, nor rejects; errors are as they arose.
   */
  query(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult>;
  /**
   * The same for a mutation, which has longer and goes on past its deadline: nothing that may buy
   * is ever stopped.
   */
  mutation(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult>;
}

const MUTATION_TOO_LATE = clientError(
  'TIMEOUT',
  'This took too long. It goes on all the same: ask again with the same idempotencyKey to learn what became of it.',
);

/**
 * With graphql-js itself: nothing is cancelled when a caller leaves, as other executors do between
 * the fields of a mutation.
 */
export function createExecution(options: {
  /** False: messages suggest no names. */
  readonly explorer: boolean;
  readonly compiled: CompiledQueries;
  readonly clock: Clock;
  readonly limits: Pick<ServerLimits, 'queryMs' | 'mutationMs'>;
}): Execution {
  const { explorer, compiled, clock, limits } = options;

  const plainly = (args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> =>
    execute({ ...args, hideSuggestions: !explorer });
  const quickly = (args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> =>
    compiled.run(args) ?? plainly(args);

  const run = (
    args: ExecutionArgs,
    how: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>,
    milliseconds: number,
    failed: (error: unknown) => ExecutionResult,
  ): ExecutionResult | Promise<ExecutionResult> => {
    try {
      const result = how(args);
      return result instanceof Promise ? within(result, milliseconds, clock).catch(failed) : result;
    } catch (error) {
      return failed(error);
    }
  };

  return {
    query: (args) => run(args, quickly, limits.queryMs, queryFailed),
    mutation: (args) => run(args, plainly, limits.mutationMs, mutationFailed),
  };
}

function queryFailed(error: unknown): ExecutionResult {
  return { errors: [asGraphqlError(error)] };
}

function mutationFailed(error: unknown): ExecutionResult {
  return error instanceof DeadlineError ? { errors: [MUTATION_TOO_LATE] } : queryFailed(error);
}

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
        reject(toError(error));
      },
    );
  });
}
