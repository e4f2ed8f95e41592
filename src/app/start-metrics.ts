import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { OperationObserver } from '../server/operation-observer.ts';
import type { Store } from '../store/store.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';

const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));

const packageShape = z.object({ version: z.string() });

/** The figures of this gateway. `names`: of the operations that are told apart. */
export function startMetrics(
  store: Store,
  names: ReadonlySet<string>,
  degraded: () => readonly string[],
): Metrics {
  return createMetrics({
    names,
    version: packageShape.parse(JSON.parse(readFileSync(PACKAGE, 'utf8'))).version,
    now: () => store.clock.now(),
    observed: {
      degraded,
      async unknownPurchases() {
        const unknown = await store.listPurchases(['UNKNOWN']);
        return { count: unknown.length, oldestAt: unknown[0]?.createdAt ?? null };
      },
    },
  });
}

/** Counts every operation, whatever its transport. */
export function countOperations(metrics: Metrics): OperationObserver {
  const codeOf = (
    errors: readonly { readonly extensions?: Record<string, unknown> }[] | undefined,
  ) => {
    const [error] = errors ?? [];
    const code = error?.extensions?.['code'];
    if (error === undefined) return null;
    return typeof code === 'string' ? code : 'INTERNAL';
  };
  return {
    answered: ({ operation }, ms, errors) => metrics.answered(operation, ms / 1000, codeOf(errors)),
    subscribed: ({ operation }) => metrics.subscribed(operation),
    refused: (_facts, errors) => metrics.refused(codeOf(errors) ?? 'INTERNAL'),
  };
}
