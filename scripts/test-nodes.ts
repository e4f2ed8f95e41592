// Every supported line of Node: the story on each of them, as an operator and a caller see it, and the whole suite on those that are
// asked for. `npm run test:nodes -- --suite 24 --story 20,22,24,26` is what it does without flags; an empty list leaves out, and names
// of test files after the flags are the suite then. `--no-long`: the suite as `npm test` has it. The programs come from the npm package
// `node`.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { flagsOf } from './flags.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The versions that are run, by their line. */
const VERSIONS: Readonly<Record<string, string>> = {
  20: '20.20.2',
  22: '22.23.3',
  24: '24.21.0',
  26: '26.10.0',
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** The program of a line: this one where it is of that line, else installed below node_modules. */
function nodeOf(line: string): string {
  if (process.versions.node.startsWith(`${line}.`)) return process.execPath;
  const version = VERSIONS[line];
  if (version === undefined)
    throw new Error(`Node ${line} is none of ${Object.keys(VERSIONS).join(', ')}.`);
  const folder = join(ROOT, 'node_modules/.nodes', version);
  const program = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status } = spawnSync('npm', [...args, `node@${version}`], {
      cwd: folder,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error(`node@${version} could not be installed.`);
  }
  return program;
}

/** An environment in which `node`, and whatever starts it, is this program. */
function environmentFor(node: string): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
}

/** A running program, and what it wrote. */
function start(node: string, args: readonly string[], cwd: string) {
  const child = spawn(node, args, { cwd, env: { PATH: process.env['PATH'], PORT: '0' } });
  const wrote = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (wrote.out += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (wrote.err += String(chunk)));
  const ended = once(child, 'exit').then(([code]) => Number(code ?? -1));
  return { child, wrote, ended };
}

/** Throws unless a program ended with 0 and wrote nothing to its standard error: warnings of Node's would be there. */
function mustEndWell(name: string, code: number, { out, err }: { out: string; err: string }): void {
  if (code !== 0 || err !== '') throw new Error(`${name} ended with ${code}: ${err}\n${out}`);
}

/** The gateway on the sandbox, the demo against it up to the saved file, and the gateway's end by SIGTERM. */
async function tellStory(line: string): Promise<void> {
  const node = nodeOf(line);
  const folder = mkdtempSync(join(tmpdir(), `gateway-node-${line}-`));
  const gateway = start(node, [join(ROOT, 'dist/main.js')], folder);
  try {
    const listens = /"url":"(http:[^"]+)\/graphql"/;
    while (!listens.test(gateway.wrote.out) && gateway.child.exitCode === null) {
      await Promise.race([once(gateway.child.stdout, 'data'), gateway.ended]);
    }
    const [, url = ''] = listens.exec(gateway.wrote.out) ?? [];
    const args = ['--url', url, '--output', 'result.mp4', '--no-color'];
    const demo = start(node, [join(ROOT, 'dist/cli/demo.js'), ...args], folder);
    mustEndWell(`The demo on Node ${line}`, await demo.ended, demo.wrote);
    const saved = readFileSync(join(folder, 'result.mp4'));
    if (saved.toString('latin1', 4, 8) !== 'ftyp') throw new Error('It saved no MP4 file.');
    gateway.child.kill('SIGTERM');
    mustEndWell(`The gateway on Node ${line}`, await gateway.ended, gateway.wrote);
    say(
      `Node ${line}: the story, ${saved.length} bytes of MP4, SIGTERM, exit 0, nothing on stderr`,
    );
  } finally {
    gateway.child.kill('SIGKILL');
    await gateway.ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function runSuite(line: string, args: readonly string[]): void {
  const node = nodeOf(line);
  say(`Node ${line}: the suite`);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(node, [vitest, 'run', ...args], {
    cwd: ROOT,
    env: environmentFor(node),
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`The suite failed on Node ${line}.`);
}

const USAGE = `Usage: npm run test:nodes -- [flags] [test file…]

  --story <lines>   the lines of Node that tell the story, as in 22,24; default: every one
  --suite <lines>   the lines of Node that run the tests; default: 24
  --no-long         leaves out the long tests
  --help            prints this
`;

const { values, positionals } = flagsOf(USAGE, () =>
  parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      long: { type: 'boolean', default: true },
      story: { type: 'string', default: Object.keys(VERSIONS).join(',') },
      suite: { type: 'string', default: '24' },
      help: { type: 'boolean' },
    },
  }),
);
const listed = (list: string): string[] => list.split(',').filter((line) => line !== '');
const stories = listed(values.story);
for (const line of stories) nodeOf(line);
await Promise.all(stories.map(tellStory));
const leftOut = values.long ? [] : ['--exclude', '**/*.long.test.ts'];
for (const line of listed(values.suite)) runSuite(line, [...leftOut, ...positionals]);
