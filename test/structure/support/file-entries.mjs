import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { loadSync } from './entries-hook.mjs';

/* Which files of the gateway are entered, and from which. To be loaded before the gateway. */

// The same way as what translates TypeScript: of two, the later one then sees what the other has made of a file.
if (module.registerHooks === undefined)
  module.register(new URL('entries-hook.mjs', import.meta.url));
else module.registerHooks({ load: loadSync });

/** As frames have it, mapped back to the sources or not. */
const SOURCES = fileURLToPath(process.env.SOURCES_URL);

let entries = [];

/** What entered since this was asked last: pairs of who asked (null: nobody, an event) and the file. */
export function entriesSince() {
  const before = entries;
  entries = [];
  return before;
}

globalThis.enterFile = (file) => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const [, , , ...frames] = new Error('where').stack.split('\n');
  Error.stackTraceLimit = limit;
  const asked = frames.findIndex((frame) => /^\s+at async /.test(frame));
  const caller = frames
    .slice(0, asked === -1 ? frames.length : asked)
    .find((frame) => frame.includes(SOURCES));
  const from = caller === undefined ? null : fileIn(caller);
  if (from !== file) entries.push([from, file]);
};

function fileIn(frame) {
  return frame.slice(frame.indexOf(SOURCES) + SOURCES.length).replace(/[?:].*$/, '');
}
