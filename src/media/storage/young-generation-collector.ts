import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects what was allocated lately and is used no more, which takes about a millisecond. Node
 * reads sockets into new buffers and lets some 35 MB of them lie until V8 looks after them by
 * itself; whoever moves large files need not wait for that.
 */
export function createYoungGenerationCollector(): () => void {
  // The flag is read when a context is made, so it shows in that one alone.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  return () => {
    if (typeof collect === 'function') collect({ type: 'minor' });
  };
}
