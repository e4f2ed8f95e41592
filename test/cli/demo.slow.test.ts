import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createGatewayClient } from '../../src/cli/demo/gateway-client.ts';
import { tellStory } from '../../src/cli/demo/story.ts';
import { createTerminal } from '../../src/cli/demo/terminal.ts';
import { RecoverCreateDocument } from '../../src/client-operations/graphql.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { startBreakingProxy } from '../support/gateway/breaking-proxy.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { until } from '../support/processes/until.ts';

const DEMO = fileURLToPath(new URL('../../dist/cli/demo.js', import.meta.url));

const CALLER_KEY = 'a-caller-key-for-the-demo';

let sandbox: Sandbox;
let gateway: Gateway;
let guarded: Gateway;

beforeAll(async () => {
  sandbox = await startSandbox({ analysisMs: 150, taskMs: 400 });
  const env = {
    AKOOL_API_KEY: sandbox.apiKey,
    AKOOL_BASE_URL: sandbox.url,
    POLL_MIN_MS: '20',
    POLL_BUDGET_PER_SECOND: '200',
  };
  gateway = await startGateway({ env });
  guarded = await startGateway({ env: { ...env, CALLER_KEYS: CALLER_KEY } });
});

afterAll(async () => {
  await stopGateways();
  await sandbox.close();
});

/** The name is a test card: it says what happens. */
const sample = (name: string): string => `${sandbox.url}/samples/${name}.mp4`;

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function expectMp4(file: string): void {
  expect(readFileSync(file).subarray(4, 8).toString('latin1')).toBe('ftyp');
}

describe('the demo as a process', () => {
  interface Demo {
    readonly child: ChildProcess;
    /** Its working folder, empty at first. */
    readonly folder: string;
    readonly printed: { out: string; err: string };
    /** Its exit code, null when a signal killed it. */
    readonly exit: Promise<number | null>;
  }

  function startDemo(flags: readonly string[], env: Record<string, string> = {}): Demo {
    const folder = makeFolder();
    const child = spawn(process.execPath, [DEMO, ...flags], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const printed = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
    const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, folder, printed, exit };
  }

  it('tells the story from two files to the copy that the gateway keeps', async () => {
    const assets = new URL('../../src/sandbox/files/assets/', import.meta.url);
    const demo = startDemo([
      '--video',
      fileURLToPath(new URL('source.mp4', assets)),
      '--face',
      fileURLToPath(new URL('face.png', assets)),
      '--output',
      'out.mp4',
    ]);
    expect(await demo.exit).toBe(0);
    expect(demo.printed.out).toMatch(/SENDING +100 %/);
    expect(demo.printed.out).toMatch(
      /Output +http:\/\/127\.0\.0\.1:\d+\/media\/[\w.-]+\/output\.mp4/,
    );
    expectMp4(join(demo.folder, 'out.mp4'));
  });

  it('says what is wrong with a file before anything is sent', async () => {
    const demo = startDemo(['--video', './nothing.mp4']);
    expect(await demo.exit).toBe(1);
    expect(demo.printed.err).toContain('There is no file ./nothing.mp4 that can be read.');
  });

  it('tells the story in plain lines where there is no terminal, and saves the video', async () => {
    const video = sample('two-people');
    const { printed, exit, folder } = startDemo(
      ['--url', gateway.url, '--video', video, '--person', '1'],
      { FORCE_COLOR: '1' },
    );
    expect(await exit).toBe(0);
    expect(printed.err).toBe('');
    const taskId = /Task +([0-9a-f]{24})/.exec(printed.out)?.[1];
    expect(printed.out).toMatch(
      new RegExp(
        [
          'A head swap',
          `Gateway +${gateway.url}/graphql`,
          '1\\. Find the persons',
          'Analysis +[0-9a-f]{24}',
          'COMPLETED +100 %',
          '2\\. Choose a person',
          'Length +4\\.0 s',
          'Person 0 +http\\S+png\n +Person 1 +http\\S+png',
          'Chosen +person 1',
          '3\\. Buy',
          'Key +[0-9a-f-]{36} ',
          `Task +${taskId}`,
          'PROCESSING +\\d+ %\n',
          'COMPLETED +100 %',
          '4\\. Save the output',
          `Output +${gateway.url}/media/\\S+/output\\.mp4`,
          `Saved as +\\./downloads/${taskId}\\.mp4 \\(\\d+ KB\\)`,
          'Done in ',
          'Credits: 1000 before, 990 after\n$',
        ].join('.*'),
        's',
      ),
    );
    // oxlint-disable-next-line no-control-regex -- that there are none is the point
    expect(printed.out).not.toMatch(/[\r\u001B]/);
    expectMp4(join(folder, 'downloads', `${taskId}.mp4`));
    expect(readdirSync(join(folder, 'downloads'))).toEqual([`${taskId}.mp4`]);

    expect(sandbox.stats().createsByVideoUrl.get(video)).toBe(1);
    const key = /Key +([0-9a-f-]{36})/.exec(printed.out)?.[1] ?? '';
    expect(await gateway.run(RecoverCreateDocument, { idempotencyKey: key })).toMatchObject({
      createHeadSwapTaskResult: { __typename: 'HeadSwapTask', id: taskId, status: 'COMPLETED' },
    });
  });

  it('needs nothing but itself: its own gateway, gone afterwards, whatever the environment says', async () => {
    const temporary = makeFolder();
    const { printed, exit, folder } = startDemo(['--output', 'here/it/is.mp4'], {
      TMPDIR: temporary,
      AKOOL_API_KEY: 'never-to-be-used',
      PORT: 'nowhere',
    });
    expect(await exit).toBe(0);
    expect(printed.err).toBe('');
    expect(printed.out).toContain('on the sandbox: nothing is bought');
    expectMp4(join(folder, 'here/it/is.mp4'));
    expect(readdirSync(temporary).filter((name) => name.startsWith('head-swap'))).toEqual([]);
  });

  it('exits with 2 and its usage for wrong flags', async () => {
    const { printed, exit } = startDemo(['--prot', '1']);
    expect(await exit).toBe(2);
    expect(printed.err).toContain('--prot');
    expect(printed.err).toContain('Usage: npm run demo');
    expect(printed.out).toBe('');
  });

  it('exits with 1 and a sentence where no gateway can be reached', async () => {
    const gone = await startSandbox();
    await gone.close();
    const { printed, exit } = startDemo(['--url', gone.url]);
    expect(await exit).toBe(1);
    expect(printed.err).toBe(`\nNo gateway can be reached at ${gone.url}/graphql: ECONNREFUSED.\n`);
  });

  it('leaves cleanly at Ctrl+C', async () => {
    const video = sample('task-never-ends');
    const { child, printed, exit } = startDemo(['--url', gateway.url, '--video', video]);
    await until(() => /Task[^]+PROCESSING/.test(printed.out));
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(printed.err).toBe('\nStopped.\n');
  });
});

describe('the story', () => {
  interface Telling {
    readonly out: string;
    /** What ended it too early; null: nothing did. */
    readonly problem: unknown;
    readonly reconnects: number;
    readonly folder: string;
  }

  interface TellingOptions {
    readonly video?: string;
    readonly person?: number;
    readonly url?: string;
    readonly callerKey?: string | null;
    /** The columns of its terminal; null: there is none. */
    readonly columns?: number | null;
  }

  async function tell(options: TellingOptions): Promise<Telling> {
    const { video = sample('one-person'), person = 0, url = gateway.url } = options;
    const { callerKey = null, columns = null } = options;
    const folder = makeFolder();
    let out = '';
    let reconnects = 0;
    const { signal } = new AbortController();
    const stream = {
      write: (text: string) => (out += text),
      ...(columns !== null && { isTTY: true, columns, hasColors: () => true }),
    };
    const client = createGatewayClient({
      url,
      callerKey,
      signal,
      onReconnect: () => (reconnects += 1),
    });
    const problem = await tellStory({
      gateway: client,
      terminal: createTerminal({ out: stream, err: stream, noColor: true }),
      clock: systemClock,
      signal,
      video,
      face: `${sandbox.url}/samples/face.png`,
      person,
      output: join(folder, 'output.mp4'),
    }).then(
      () => null,
      (error: unknown) => error,
    );
    await client.close();
    return { out, problem, reconnects, folder };
  }

  it.each([
    ['InvalidInputError', 'ftp://x/y.mp4', /did not accept.*\n {2}videoUrl: /],
    ['AkoolRejectedError', 'too-long', /^AKOOL refused, and nothing was bought/],
    ['BillingError', 'no-credits', /lacks credits.*nothing was bought/],
    ['OutcomeUnknownError', 'lost-answer', /^Nobody can tell yet.*same idempotencyKey/],
    ['a failed analysis', 'analysis-fails', /^It failed: \S/],
    ['a failed task', 'task-fails', /^It failed: \S/],
    ['a video without people', 'no-people', /^Nobody was found/],
    [
      'a person who is not there',
      'one-person',
      /^There is no person 7: --person takes one of 0\.$/,
    ],
  ])('tells %s in a sentence, and saves nothing', async (_, video, sentence) => {
    const { problem, folder } = await tell({
      video: video.includes(':') ? video : sample(video),
      person: video === 'one-person' ? 7 : 0,
    });
    expect(problem).toMatchObject({ message: expect.stringMatching(sentence) });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says that what answers is no gateway', async () => {
    const { problem } = await tell({ url: sandbox.url });
    expect(problem).toMatchObject({ message: expect.stringContaining('is not this gateway') });
  });

  it('presents its caller key on every way in, and never prints it', async () => {
    const known = await tell({ url: guarded.url, callerKey: CALLER_KEY });
    expect(known.problem).toBe(null);
    expect(known.out).not.toContain(CALLER_KEY);
    const unknown = await tell({ url: guarded.url });
    expect(unknown.problem).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('survives a broken socket, and goes on after the version it saw', async () => {
    const proxy = await startBreakingProxy(gateway.url);
    onTestFinished(() => proxy.close());
    const { problem, reconnects } = await tell({ url: proxy.url, video: sample('slow') });
    expect(problem).toBe(null);
    expect(reconnects).toBe(1);
    expect(proxy.brokenAfter()).toBeTypeOf('number');
    // The analysis, the analysis again, the task.
    expect(proxy.afters).toEqual([undefined, proxy.brokenAfter(), undefined]);
  });

  it('draws one bar on a terminal, within its width, without colours where none are wanted', async () => {
    const { out } = await tell({ columns: 50 });
    const bars = out.split('\n').filter((line) => line.includes('\r'));
    expect(bars).toHaveLength(2);
    for (const bar of bars) {
      expect(bar).toMatch(/\r +COMPLETED +\[#+\] 100 %$/);
      const drawn = bar.split('\r').slice(1);
      expect(new Set(drawn.map(({ length }) => length)).size).toBe(1);
      expect(drawn[0]?.length).toBeLessThan(50);
    }
    expect(out).not.toContain('\u001B');
  });

  // The last one, because AKOOL's refusal pauses the account for a while.
  it('tells AkoolUnavailableError in a sentence', async () => {
    const { problem } = await tell({ video: sample('submit-rate-limited') });
    expect(problem).toMatchObject({ message: expect.stringContaining('Nothing was bought') });
  });
});
