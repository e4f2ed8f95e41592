import { styleText } from 'node:util';

/** Where the story is told. */
export interface Terminal {
  /** A step of the story. */
  heading(text: string): void;
  /** A line within a step. */
  line(text: string): void;
  /**
   * Where a job stands: redraws one bar on a terminal, writes a line for each change anywhere else.
   * `percent` is 0 to 100.
   */
  progress(status: string, percent: number): void;
  /** What ended the story too early, to standard error. */
  problem(text: string): void;
}

/** The part of a standard stream that matters here. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Only terminals have it; it says no for NO_COLOR and for TERM=dumb. */
  hasColors?(): boolean;
  write(text: string): unknown;
}

const INDENT = '   ';

/** The longest status. */
const STATUS_WIDTH = 'PROCESSING'.length;

/** What stands around the bar: the indent, the status, brackets, spaces and the percentage. */
const AROUND_BAR = INDENT.length + STATUS_WIDTH + 11;

const LONGEST_BAR = 40;
const USUAL_COLUMNS = 80;

/** Colours are used where the terminal has them and `noColor` is false. */
export function createTerminal(options: {
  readonly out: OutputStream;
  readonly err: OutputStream;
  readonly noColor: boolean;
}): Terminal {
  const { out, err, noColor } = options;
  const style = (stream: OutputStream, name: 'bold' | 'red', text: string): string =>
    !noColor && stream.hasColors?.() === true ? styleText(name, text) : text;
  let barOpen = false;
  let lastProgress = '';
  const write = (text: string): void => {
    out.write(barOpen ? `\n${text}` : text);
    barOpen = false;
  };

  return {
    heading(text) {
      lastProgress = '';
      write(`\n${style(out, 'bold', printable(text))}\n`);
    },
    line: (text) => write(`${INDENT}${printable(text)}\n`),
    progress(status, percent) {
      const name = printable(status).padEnd(STATUS_WIDTH);
      const number = `${String(Math.floor(percent)).padStart(3)} %`;
      if (out.isTTY !== true) {
        const text = `${INDENT}${name} ${number}\n`;
        if (text !== lastProgress) write(text);
        lastProgress = text;
        return;
      }
      // Lines of one length, so that going back to the start is all it takes to draw over the last
      // one.
      const width = Math.min(LONGEST_BAR, (out.columns ?? USUAL_COLUMNS) - AROUND_BAR);
      out.write(`\r${INDENT}${name} ${bar(percent, Math.max(1, width))} ${number}`);
      barOpen = true;
    },
    problem(text) {
      write('');
      err.write(`\n${style(err, 'red', text.split('\n').map(printable).join('\n'))}\n`);
    },
  };
}

function bar(percent: number, width: number): string {
  const done = Math.round((Math.min(100, Math.max(0, percent)) / 100) * width);
  return `[${'#'.repeat(done)}${'-'.repeat(width - done)}]`;
}

/** Without control characters: what a server sends must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '');
}
