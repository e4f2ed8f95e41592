import { startApp } from '../../src/app/app.ts';
import { tellStart } from '../../src/app/tell-start.ts';
import { readConfig } from '../../src/config/config.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/server/logger.ts';
import { createFailpoints, type Failpoint } from './failpoint-store.ts';

/**
 * The gateway as a process that kills itself, by SIGKILL, at one point of its work with the store: `before` or `after` in its
 * first argument, a failpoint in its second. Run by tests through tsx.
 */
const [when = '', point = ''] = process.argv.slice(2);
const failpoints = createFailpoints();
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- tests pass a failpoint
const failpoint = point as Failpoint;
const die = (): Promise<void> => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
if (when === 'before') failpoints.before(failpoint, die);
else failpoints.after(failpoint, die);

const config = readConfig();
const log = createLogger({ level: 'info', secrets: [], readable: false });
const app = await startApp({
  config,
  clock: systemClock,
  random: Math.random,
  log,
  wrapStore: failpoints.wrap,
});
tellStart(log, config, app);
