import fs from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/*
 * For `node --import`: writes the URL of each module to the file that MODULES_FILE names, when it is loaded, and a line `ready`
 * when the process says that it listens. What a module of CommonJS requires is not told.
 */
const file = process.env.MODULES_FILE;

/** Node runs it in a thread of its own. */
export function load(url, context, next) {
  fs.appendFileSync(file, `${url}\n`);
  return next(url, context);
}

if (isMainThread) {
  register(import.meta.url);
  const write = fs.writeSync;
  fs.writeSync = (descriptor, text, ...rest) => {
    if (descriptor === 1 && typeof text === 'string' && text.includes('The gateway listens')) {
      fs.appendFileSync(file, 'ready\n');
    }
    return write(descriptor, text, ...rest);
  };
}
