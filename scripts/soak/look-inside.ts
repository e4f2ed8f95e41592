import { readdirSync } from 'node:fs';
import type { Inspector } from './inspector.ts';

/** What a process holds at a moment of rest. Bytes. */
export interface Look {
  /** JavaScript's heap after a collection. */
  readonly heap: number;
  /** Outside of the heap, for buffers and native parts. */
  readonly external: number;
  readonly resident: number;
  /** Open files and sockets. NaN where /proc does not tell. */
  readonly descriptors: number;
  /** Timers that are set, those included that keep no process alive. */
  readonly timers: number;
  /** What keeps a process alive, timers left out. */
  readonly handles: number;
  /** Listeners of all event emitters. */
  readonly listeners: number;
}

const GROUP = 'look';

const EMITTERS = `process.getBuiltinModule('node:events').EventEmitter.prototype`;
const TIMEOUTS = `(() => { const timer = setTimeout(() => {}, 1); clearTimeout(timer); return Object.getPrototypeOf(timer); })()`;

const COUNT_LISTENERS = `function () {
  let count = 0;
  for (const emitter of this) {
    // Prototypes of emitters are emitters, too, and have no events.
    for (const heard of Object.values(Object.getOwnPropertyDescriptor(emitter, '_events')?.value ?? {})) {
      count += typeof heard === 'function' ? 1 : (heard?.length ?? 0);
    }
  }
  return count;
}`;

const COUNT_TIMERS = `function () {
  let count = 0;
  for (const timer of this) if (timer._destroyed === false) count += 1;
  return count;
}`;

const COUNT_HANDLES = `process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length`;

/** Collects what is garbage, then counts. */
export async function lookInside(inspector: Inspector, pid: number): Promise<Look> {
  const listeners = await countOf(inspector, EMITTERS, COUNT_LISTENERS);
  const timers = await countOf(inspector, TIMEOUTS, COUNT_TIMERS);
  const handles = Number(await inspector.evaluate(COUNT_HANDLES));
  // Twice, since finalisers let go of what only the next one finds.
  await inspector.call('HeapProfiler.collectGarbage');
  await inspector.call('HeapProfiler.collectGarbage');
  const { usedSize } = await inspector.call('Runtime.getHeapUsage');
  const memory = Object(await inspector.evaluate('process.memoryUsage()'));
  return {
    heap: Number(usedSize),
    external: Number(memory.external),
    resident: Number(memory.rss),
    descriptors: descriptorsOf(pid),
    timers,
    handles,
    listeners,
  };
}

/** What a function makes of all objects that have this prototype. */
async function countOf(inspector: Inspector, prototype: string, count: string): Promise<number> {
  const found = await inspector.call('Runtime.evaluate', {
    expression: prototype,
    objectGroup: GROUP,
  });
  const prototypeObjectId: unknown = Reflect.get(Object(found['result']), 'objectId');
  const all = await inspector.call('Runtime.queryObjects', {
    prototypeObjectId,
    objectGroup: GROUP,
  });
  const counted = await inspector.call('Runtime.callFunctionOn', {
    objectId: Reflect.get(Object(all['objects']), 'objectId'),
    functionDeclaration: count,
    returnByValue: true,
  });
  await inspector.call('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  const value: unknown = Reflect.get(Object(counted['result']), 'value');
  if (typeof value !== 'number') throw new Error(JSON.stringify(counted));
  return value;
}

function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN;
  }
}
