import { readdirSync, readFileSync } from 'node:fs';

/** Figures of another process on Linux, as the kernel counts them. */

const NS_PER_TICK = 10_000_000;

/**
 * CPU that the process's threads have had so far, in ns. By the scheduler's own count, which is exact; where the kernel does not
 * offer that, by /proc/<pid>/stat, which counts in hundredths of a second.
 */
export function cpuNs(pid: number): number {
  let total = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const told = readIfThere(`/proc/${pid}/task/${thread}/schedstat`);
    total += Number(told.split(' ')[0] ?? 0);
  }
  return total > 0 ? total : ticksOf(pid) * NS_PER_TICK;
}

function ticksOf(pid: number): number {
  const told = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before it may hold spaces; user time and system time are fields 14 and 15.
  const fields = told.slice(told.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Memory of the process in RAM, in bytes. */
export function residentBytes(pid: number): number {
  const told = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(told?.[1] ?? 0) * 1024;
}

/** A thread may end between being listed and being read. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '0';
  }
}
