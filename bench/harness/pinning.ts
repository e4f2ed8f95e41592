import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Which core each side of a measurement has to itself. */
export interface Pinning {
  /** What goes before a server's command line, to run it on its own core; empty where nothing can be pinned. */
  readonly server: readonly string[];
  /** The same for the stand-in, which shares a core with the load. */
  readonly load: readonly string[];
  /** For the report. */
  readonly words: string;
}

/** The first core is the server's, the second that of the load and the stand-in, this process with it. */
export function pinSelf(): Pinning {
  const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
  if (!hasTaskset || availableParallelism() < 2) {
    const why = hasTaskset ? 'there is one core' : 'there is no taskset';
    return { server: [], load: [], words: `nothing is pinned: ${why}` };
  }
  spawnSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)]);
  return {
    server: ['taskset', '-c', '0'],
    load: ['taskset', '-c', '1'],
    words: 'servers on core 0, load and stand-in on core 1',
  };
}
