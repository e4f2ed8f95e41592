// Does what the Dockerfile says in folders of its own, where no container engine is there to do it: each stage from nothing but what
// it copies, then the gateway as a user without rights, its health check, a command of the operator's, and its end by the stop signal.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  chmodSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';
import { freePort } from '../test/support/processes/free-port.ts';
import { flagsOf } from './flags.ts';

const USAGE = `Usage: npm run check:image   does what the Dockerfile says, without a container engine

  --help   prints this
`;

flagsOf(USAGE, () => parseArgs({ options: { help: { type: 'boolean' } } }));

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/** An image in the making: a folder in the place of its root. */
interface Stage {
  readonly root: string;
  workdir: string;
  readonly env: Record<string, string>;
  readonly volumes: string[];
  stopSignal: string;
  command: readonly string[];
  healthCommand: readonly string[];
}

const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const work = mkdtempSync(join(tmpdir(), 'gateway-image-'));
chmodSync(work, 0o755);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function newStage(name: string): Stage {
  const root = join(work, name);
  mkdirSync(root);
  return {
    root,
    workdir: '/',
    env: {},
    volumes: [],
    stopSignal: 'SIGTERM',
    command: [],
    healthCommand: [],
  };
}

/** What of the repository reaches the build; the file lets in by name what it copies, and nothing else. */
function isInContext(path: string): boolean {
  const [first, ...rules] = readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*') throw new Error('.dockerignore should begin with *.');
  return rules.some((rule) => rule === `!${path}` || path.startsWith(`${rule.slice(1)}/`));
}

function copy(stage: Stage, args: readonly string[], from: Stage | undefined): void {
  const target = args.at(-1) ?? '';
  for (const source of args.slice(0, -1)) {
    if (from === undefined && !isInContext(source)) throw new Error(`${source} is ignored.`);
    const path = from === undefined ? join(REPOSITORY, source) : join(from.root, source);
    const folder = join(stage.root, resolve(stage.workdir, target));
    const to = target.endsWith('/') ? join(folder, source.split('/').at(-1) ?? '') : folder;
    mkdirSync(dirname(to), { recursive: true });
    cpSync(path, to, { recursive: true, verbatimSymlinks: true });
  }
}

function run(stage: Stage, script: string, volumes: readonly string[]): void {
  // It gives them to the image's user, whom this machine need not have.
  if (volumes.some((path) => script.includes(` ${path}`))) {
    say(`  not run here: ${script}`);
    return;
  }
  say(`  ${script}`);
  const { NODE_ENV: _, ...outer } = process.env;
  const { status } = spawnSync('sh', ['-c', script], {
    cwd: join(stage.root, stage.workdir),
    env: {
      ...outer,
      ...stage.env,
      npm_config_loglevel: 'error',
      npm_config_prefer_offline: 'true',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`It ended with ${status}: ${script}`);
}

/** `CMD` and `HEALTHCHECK` in their exec form. */
function commandOf(instruction: Instruction): readonly string[] {
  const text = instruction.getArgumentsContent() ?? '';
  return JSON.parse(text.slice(text.indexOf('[')));
}

function build(): Stage {
  const text = readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8');
  const instructions = DockerfileParser.parse(text).getInstructions();
  const volumes = instructions
    .filter((one) => one.getKeyword() === 'VOLUME')
    .flatMap((one) => one.getArguments().map((argument) => argument.getValue()));
  const stages = new Map<string, Stage>();
  let stage = newStage('none');
  for (const instruction of instructions) {
    const args = instruction.getArguments().map((argument) => argument.getValue());
    const line = instruction.getArgumentsContent() ?? '';
    switch (instruction.getKeyword()) {
      case 'FROM': {
        const name = args[2] ?? 'image';
        say(`stage ${name}`);
        stages.set(name, (stage = newStage(name)));
        break;
      }
      case 'WORKDIR':
        stage.workdir = args[0] ?? '/';
        mkdirSync(join(stage.root, stage.workdir), { recursive: true });
        break;
      case 'COPY': {
        const from = instruction instanceof Copy ? instruction.getFromFlag()?.getValue() : null;
        copy(stage, args, typeof from === 'string' ? stages.get(from) : undefined);
        break;
      }
      case 'RUN':
        run(stage, line, volumes);
        break;
      case 'ENV':
        for (const pair of args) {
          const [name = '', ...value] = pair.split('=');
          stage.env[name] = value.join('=');
        }
        break;
      case 'VOLUME':
        stage.volumes.push(...args);
        break;
      case 'STOPSIGNAL':
        stage.stopSignal = args[0] ?? '';
        break;
      case 'HEALTHCHECK':
        stage.healthCommand = commandOf(instruction);
        break;
      case 'CMD':
        stage.command = commandOf(instruction);
        break;
      case 'ARG':
      case 'LABEL':
      case 'USER':
      case 'EXPOSE':
        break;
      default:
        throw new Error(`Nothing here knows ${instruction.getKeyword()}.`);
    }
  }
  return stage;
}

/** Runs the image: its command, then its health check until that is content, then a command of the operator's, then its end. */
async function start(image: Stage): Promise<void> {
  for (const volume of image.volumes) {
    const path = join(image.root, volume);
    mkdirSync(path);
    if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
  }
  const mapped = Object.entries(image.env).map(([name, value]) => [
    name,
    image.volumes.reduce((text, path) => text.replaceAll(path, join(image.root, path)), value),
  ]);
  const env = {
    PATH: process.env['PATH'],
    ...Object.fromEntries(mapped),
    PORT: String(await freePort()),
    SANDBOX: 'true',
    CALLER_KEYS: `sha256:${'0'.repeat(64)}`,
  };
  const options = { ...user, cwd: join(image.root, image.workdir), env };
  const [program = '', ...args] = image.command;
  const gateway = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(gateway, 'exit');
  const [checker = '', ...checking] = image.healthCommand;
  let tries = 0;
  while (spawnSync(checker, checking, options).status !== 0) {
    tries += 1;
    if (tries > 100 || gateway.exitCode !== null) throw new Error('It did not become healthy.');
  }
  say('  healthy');
  const listed = spawnSync('npm', ['run', '--silent', 'caller-key'], {
    ...options,
    env: { ...env, HOME: work, npm_config_update_notifier: 'false' },
    encoding: 'utf8',
  });
  if (listed.status !== 0) throw new Error(`npm run caller-key: ${listed.stderr}`);
  say('  npm run caller-key');
  spawnSync('kill', ['-s', image.stopSignal.replace('SIG', ''), String(gateway.pid)]);
  const [code] = await ended;
  if (code !== 0) throw new Error(`It ended with ${code}.`);
  if (spawnSync(checker, checking, options).status === 0) throw new Error('Its health check lies.');
  say(`  ${image.stopSignal}: ended with 0`);
}

try {
  await start(build());
} finally {
  rmSync(work, { recursive: true, force: true });
}
