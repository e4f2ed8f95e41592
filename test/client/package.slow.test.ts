import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { completeAnalysis, finishTask } from '../support/gateway/stories.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROJECTS = fileURLToPath(new URL('projects/', import.meta.url));

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'client-package-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: join(ROOT, 'packages/client') });
  const [name = ''] = readdirSync(folder);
  tarball = join(folder, name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed client', () => {
  it('is what publint would publish', async () => {
    const data = readFileSync(tarball);
    const bytes = new Uint8Array(data).buffer;
    const { messages } = await publint({ pack: { tarball: bytes }, strict: true });
    expect(messages).toEqual([]);
  });

  it('has the right types wherever ES modules are resolved', async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
    const problems = 'problems' in result ? result.problems : ['it has no types'];
    // Entries by subpath are nothing for Node 10, and `require` of a module is what Node has for the others.
    const expected = new Set(['node10', 'node16-cjs']);
    expect(
      problems.filter(
        (problem) => !expected.has(String(Reflect.get(Object(problem), 'resolutionKind'))),
      ),
    ).toEqual([]);
  });

  it('holds no test, no source, and nothing that tells of the machine it was packed on', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout.trim().split('\n');
    expect(files.length).toBeGreaterThan(30);
    const allowed = /^package\/(LICENSE|README\.md|package\.json|dist\/.*\.(js|d\.ts))$/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);
    const { stdout: text } = await run('tar', ['-xzOf', tarball], { maxBuffer: 10_000_000 });
    expect(text).not.toContain(ROOT);
  });
});

describe('an empty project', () => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    ({ upstream, gateway } = await startWithUpstream());
  });
  afterAll(stopGateways);

  it.each([
    ['nothing else', 'plain', 'nodenext', []],
    ['urql', 'with-urql', 'nodenext', ['@urql/core', '@urql/exchange-graphcache', 'graphql']],
    // Not nodenext: declarations of a dependency of Apollo Client's name their neighbours without an extension.
    [
      'Apollo Client',
      'with-apollo',
      'bundler',
      ['@apollo/client', 'graphql', 'graphql-ws', 'rxjs', 'ws'],
    ],
  ])('buys and watches with the package and %s', async (_what, name, resolution, libraries) => {
    const project = await createProject(name, libraries);
    await compile(project, name, resolution);
    const analysis = await completeAnalysis(gateway, upstream);
    const before = upstream.requestsTo('createTask').length;
    const running = run(process.execPath, [`${name}.js`, `${gateway.url}/graphql`, analysis], {
      cwd: project,
    });
    await upstream.received('createTask', before + 1);
    const task = await newestTask(gateway);
    finishTask(upstream, task);
    const { stdout, stderr } = await running;
    const lines = stdout.trim().split('\n');
    expect(lines.slice(-2)).toEqual(['COMPLETED', 'https://example.com/output/result.mp4']);
    expect(stderr).toBe('');
    expect(upstream.requestsTo('createTask')).toHaveLength(before + 1);
  });
});

/** A project that has installed the package alone; what it is used with is linked from this repository's dependencies. */
async function createProject(name: string, libraries: readonly string[]): Promise<string> {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const install = ['install', '--offline', '--no-audit', '--no-fund', tarball];
  await run('npm', install, { cwd: project });
  expect(readdirSync(join(project, 'node_modules')).filter((it) => !it.startsWith('.'))).toEqual([
    'head-swap-client',
  ]);
  const types = ['@types/node', ...(libraries.includes('ws') ? ['@types/ws'] : [])];
  for (const library of [...libraries, ...types]) {
    const link = join(project, 'node_modules', library);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', library), link);
  }
  copyFileSync(join(PROJECTS, `${name}.ts`), join(project, `${name}.ts`));
  return project;
}

/** Type-checks the project strictly, declarations included, and writes its program. */
async function compile(project: string, name: string, resolution: string): Promise<void> {
  const module = resolution === 'bundler' ? 'esnext' : resolution;
  const flags = `--strict --target es2023 --types node --module ${module} --moduleResolution ${resolution}`;
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, ...flags.split(' '), `${name}.ts`], { cwd: project }).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout);
    },
  );
}

/** The task that was made last. */
async function newestTask(gateway: Gateway): Promise<string> {
  for (;;) {
    const { data } = await gateway.ask(
      '{ headSwapTasks(first: 1, status: [QUEUED]) { edges { node { id } } } }',
    );
    const [edge] = data.headSwapTasks.edges;
    if (edge !== undefined) return edge.node.id;
  }
}
