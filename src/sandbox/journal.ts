import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file of lines that only ever grows. */
export interface Journal {
  /** The whole lines that were in the file when it was opened. */
  readonly lines: readonly string[];
  /** Hands one line to the operating system before it returns, so that it survives kill -9 of this process. */
  append(line: string): void;
  /** Lets go of the file. Nothing may be appended afterwards. */
  close(): void;
}

/** The mode of a new file: it holds URLs of videos and faces. */
const OWNER_ONLY = 0o600;

/** Opens or makes a journal. A last line that was cut short is removed. Throws what the file system throws. */
export function openJournal(file: string): Journal {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, 'a+', OWNER_ONLY);
  const bytes = readFileSync(handle);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  if (whole.length < bytes.length) ftruncateSync(handle, whole.length);
  return {
    lines: whole.toString().split('\n').slice(0, -1),
    append: (line) => {
      writeSync(handle, `${line}\n`);
    },
    close: () => closeSync(handle),
  };
}
