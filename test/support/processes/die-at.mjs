import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/*
 * For `node --import`: the process is killed just before its `DIE_AT`th step on the file system, counted from 0. What runs to its
 * end because it has fewer steps says so by its exit code.
 */
let left = Number(process.env.DIE_AT);
for (const name of ['open', 'copyFile', 'chmod', 'link', 'rename', 'rm']) {
  const real = files[name];
  files[name] = (...args) => {
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    left -= 1;
    return real(...args);
  };
}
syncBuiltinESMExports();
