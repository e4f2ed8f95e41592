import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { readdir } from 'node:fs/promises';
import type { GatewayFamilies } from './gateway-families.ts';

/** What is known of this process. */
export interface ProcessFigures {
  /** Looks at it. */
  collect(): Promise<void>;
  /** Leaves no observer and no timer behind. */
  stop(): void;
}

/** How often the event loop is looked at, in milliseconds. */
const RESOLUTION_MS = 20;

const GC_KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** Watches this process until it is stopped. */
export function watchProcess(families: GatewayFamilies): ProcessFigures {
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  const collector = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      families.gcSeconds.at(kindOf(entry)).observe(entry.duration / 1000);
    }
  });
  collector.observe({ entryTypes: ['gc'] });
  families.startTime.at().set(performance.timeOrigin / 1000);

  return {
    async collect() {
      // Node's histogram holds the whole time between two looks.
      const lateness = (nanoseconds: number): number =>
        Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) / 1000;
      const seen = loop.count > 0;
      families.loopDelayMean.at().set(seen ? lateness(loop.mean) : 0);
      families.loopDelayP99.at().set(seen ? lateness(loop.percentile(99)) : 0);
      families.loopDelayMax.at().set(seen ? lateness(loop.max) : 0);
      loop.reset();
      const { heapUsed, external, rss } = process.memoryUsage();
      families.heapUsed.at().set(heapUsed);
      families.externalMemory.at().set(external);
      families.residentMemory.at().set(rss);
      const { user, system } = process.cpuUsage();
      families.cpuSeconds.at().value = (user + system) / 1e6;
      const files = await readdir('/proc/self/fd').catch(() => null);
      // One of them was open for this look.
      if (files !== null) families.openFiles.at().set(files.length - 1);
    },
    stop() {
      loop.disable();
      collector.disconnect();
    },
  };
}

function kindOf(entry: object): string {
  const detail: unknown = 'detail' in entry ? entry.detail : null;
  const isTold = typeof detail === 'object' && detail !== null && 'kind' in detail;
  return (isTold && GC_KINDS.get(Number(detail.kind))) || 'other';
}
