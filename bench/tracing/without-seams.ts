import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A place of the compiled gateway where spans come in, and what would stand there if there were no such thing. */
interface Seam {
  readonly file: string;
  readonly found: string;
  readonly instead: string;
}

const SEAMS: readonly Seam[] = [
  {
    file: 'server/http/http-router.js',
    found: 'traceRequest(request, response,',
    instead:
      'route(request, response, trace, () => undefined).catch(() => undefined); return; traceRequest(request, response,',
  },
  {
    file: 'server/http/plugins/use-hot-lane.js',
    found: 'tracer.isOn ? runTraced : run',
    instead: 'run',
  },
  {
    file: 'server/operations/payload-streams.js',
    found: 'inTrace(event, () => answer(event))',
    instead: 'answer(event)',
  },
  {
    file: 'server/operations/plugins/use-fanout.js',
    found: 'if (!tracer.isOn)',
    instead: 'if (true)',
  },
  {
    file: 'server/websocket/websocket.js',
    found: 'tracer.placeIn(headers)',
    instead: 'null',
  },
  {
    file: 'upstream/observe-requests.js',
    found: 'if (!tracer.isOn)',
    instead: 'if (true)',
  },
  {
    file: 'jobs/purchases/purchases.js',
    found: '(caller) => tracedPurchase(order, caller)',
    instead: '(caller) => purchase(order, caller)',
  },
  {
    file: 'jobs/polling/job-writer.js',
    found: 'asOneOf(tracer, group, () => writeGroup(group))',
    instead: 'writeGroup(group)',
  },
  {
    file: 'jobs/polling/job-writer.js',
    found: 'traces.note(write.job, reports[0]?.span.place ?? null);',
    instead: '',
  },
  {
    file: 'jobs/polling/job-writer.js',
    found: 'if (tracer.current() === null)',
    instead: 'if (true)',
  },
  {
    file: 'jobs/polling/poller.js',
    found: '.detach(() => runRound(parts, reading))',
    instead: '&& runRound(parts, reading)',
  },
  {
    file: 'jobs/polling/round.js',
    found: 'const poll = {',
    instead: 'await reader.read(job, lease).catch(notRead); return;\n    const poll = {',
  },
  {
    file: 'jobs/webhooks/webhooks.js',
    found: 'const span = {',
    instead:
      'void followUps.followUp(webhook, boughtJob).catch(() => undefined).finally(() => underWay.delete(digest)); return;\n        const span = {',
  },
];

/**
 * Makes a copy of the compiled gateway in `${root}dist` that could not trace at all; its entry. `home`: a folder of its own, from which
 * the packages of `root` are found if it is to run. Throws where a seam is not found exactly once: it has moved, and `SEAMS` is to
 * follow.
 */
export function buildWithoutSeams(root: string, home: string): string {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  for (const part of ['dist', 'schema', 'package.json']) {
    cpSync(join(root, part), join(home, part), { recursive: true });
  }
  for (const { file, found, instead } of SEAMS) {
    const path = join(home, 'dist', file);
    const [before = '', after, ...more] = readFileSync(path, 'utf8').split(found);
    if (after === undefined || more.length > 0) {
      throw new Error(`${file} does not have “${found}” exactly once.`);
    }
    writeFileSync(path, `${before}${instead}${after}`);
  }
  return join(home, 'dist', 'main.js');
}
