import { readFileSync } from 'node:fs';
import { urlHost } from './http/listen.ts';
import { sandboxRecord } from './records.ts';
import { settingsFrom, type SandboxAccount } from './settings.ts';
import { stateFileError } from './state/state-file-error.ts';

/** Where a sandbox is, and how it is signed in to. */
export interface FoundSandbox extends SandboxAccount {
  /** Without a final slash. */
  readonly url: string;
}

/**
 * The sandbox that keeps its state in this file and was started with no other options, for a tool
 * that runs beside it. The file is only read. Null: it has never listened. Whether it runs now
 * shows when it is asked. Throws StateFileError.
 */
export function findSandbox(stateFile: string): FoundSandbox | null {
  const lines = readLines(stateFile);
  const port = lines.map(portIn).findLast((found) => found !== null) ?? null;
  const { host, accounts } = settingsFrom({});
  return port === null ? null : { ...accounts[0], url: `http://${urlHost(host)}:${port}` };
}

function readLines(file: string): string[] {
  try {
    return new TextDecoder().decode(readFileSync(file)).split('\n');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw stateFileError(file, error);
  }
}

function portIn(line: string): number | null {
  // Most lines are about jobs, and there may be many.
  if (!line.includes('"port"')) return null;
  try {
    const record = sandboxRecord.parse(JSON.parse(line));
    return record.record === 'port' ? record.port : null;
  } catch {
    // The last line may be half written.
    return null;
  }
}
