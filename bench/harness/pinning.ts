import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The program and arguments that run node so that it stays where it belongs. */
export interface NodeCommand {
  readonly program: string;
  readonly before: readonly string[];
}

/** Which core each side of a measurement has to itself. */
export interface Pinning {
  readonly server: NodeCommand;
  /** For the stand-in, which shares a core with the load. */
  readonly load: NodeCommand;
  /** For the report. */
  readonly words: string;
}

/** The first core is the server's, the second that of the load and the stand-in, this process with it. */
export function pinSelf(): Pinning {
  const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
  if (!hasTaskset || availableParallelism() < 2) {
    const why = hasTaskset ? 'there is one core' : 'there is no taskset';
    const anywhere = { program: process.execPath, before: [] };
    return { server: anywhere, load: anywhere, words: `nothing is pinned: ${why}` };
  }
  spawnSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)]);
  return {
    server: onCore(0),
    load: onCore(1),
    words: 'servers on core 0, load and stand-in on core 1',
  };
}

function onCore(core: number): NodeCommand {
  return { program: 'taskset', before: ['-c', String(core), process.execPath] };
}
