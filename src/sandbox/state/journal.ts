import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { foreignLine, stateFileError } from './state-file-error.ts';

/** A file of lines that only ever grows. */
export interface Journal {
  /** The whole lines that were in the file when it was opened. */
  readonly lines: readonly string[];
  /**
   * Hands one line to the operating system before it returns, so that it survives kill -9 of this
   * process.
   */
  append(line: string): void;
  /** Lets go of the file. Nothing may be appended afterwards. */
  close(): void;
}

/** The mode of a new file: it holds URLs of videos and faces. */
const OWNER_ONLY = 0o600;

/**
 * Opens or makes a journal. A last line that was cut short is removed, if it begins as every line
 * does: anything else is the end of somebody's text. Throws StateFileError.
 */
export function openJournal(file: string, lineStart: string): Journal {
  try {
    makeFolder(dirname(file));
    return journalIn(file, openSync(file, 'a+', OWNER_ONLY), lineStart);
  } catch (error) {
    throw stateFileError(file, error);
  }
}

/** Node's own recursive mkdir tries for ever where nothing can be made, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function journalIn(file: string, handle: number, lineStart: string): Journal {
  const bytes = readFileSync(handle);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  // An editor may have put a byte order mark before the first record, which decoding drops.
  const text = new TextDecoder().decode(whole);
  const lines = text.split('\n').slice(0, -1);
  const cut = bytes.subarray(whole.length).toString();
  if (!cut.startsWith(lineStart.slice(0, cut.length))) {
    closeSync(handle);
    throw foreignLine(file, lines.length + 1);
  }
  if (cut !== '') ftruncateSync(handle, whole.length);
  return {
    lines,
    append: (line) => {
      writeSync(handle, `${line}\n`);
    },
    close: () => closeSync(handle),
  };
}
