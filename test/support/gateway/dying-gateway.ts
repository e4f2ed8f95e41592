import { startApp } from '../../../src/app/app.ts';
import { logStart } from '../../../src/app/log-start.ts';
import { readConfig } from '../../../src/config/config.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/log/logger.ts';
import { createFailpoints, once, type Failpoint } from '../purchases/failpoint-store.ts';

/**
 * The gateway as a process that ends itself at one point of its work with the store: `before` or `after` in its first argument,
 * a failpoint in its second. A third one, `stop`, makes it stand still there by SIGSTOP, once. Run by tests as a bundle.
 */
const [when = '', point = '', how = 'kill'] = process.argv.slice(2);
const failpoints = createFailpoints();
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- tests pass a failpoint
const failpoint = point as Failpoint;
const die = (): Promise<void> => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
const fault = how === 'stop' ? once(() => void process.kill(process.pid, 'SIGSTOP')) : die;
if (when === 'before') failpoints.before(failpoint, fault);
else failpoints.after(failpoint, fault);

const config = readConfig();
const log = await createLogger({ level: 'info', secrets: [], readable: false });
const app = await startApp({
  config,
  clock: systemClock,
  random: Math.random,
  log,
  wrapStore: failpoints.wrap,
});
logStart(log, config, app);
