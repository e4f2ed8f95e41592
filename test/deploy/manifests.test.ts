import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { afterEach, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { isMissing } from '../support/processes/system-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** How long a drain takes at most, in seconds. */
const DRAIN = 25;

afterEach(removeFolders);

it('the Dockerfile is one, and its last stage runs as a user without rights', () => {
  const text = read('Dockerfile');
  expect(validate(text)).toEqual([]);
  const last = text.slice(text.lastIndexOf('\nFROM'));
  expect(last).toMatch(/\nUSER node\n/);
  expect(last).toMatch(/\nHEALTHCHECK /);
});

it('compose.yaml keeps to its schema, and gives every instance the time that a drain takes', () => {
  const rules = {
    // Only one of the profiles is up at a time.
    'no-duplicate-exported-ports': 0,
    'require-project-name-field': 0,
    'require-quotes-in-ports': 0,
    'service-keys-order': 0,
    'services-alphabetical-order': 0,
    'top-level-properties-order': 0,
  } as const;
  const linter = new DCLinter({ exclude: [], rules, quiet: false, debug: false });
  const found: { messages: { message: string }[] }[] = linter.lintFiles(
    [join(ROOT, 'compose.yaml')],
    false,
  );
  expect(found.flatMap(({ messages }) => messages.map(({ message }) => message))).toEqual([]);
  const { services } = parse(read('compose.yaml'), { merge: true });
  for (const name of ['gateway', 'gateway-1', 'gateway-2', 'gateway-3']) {
    const { stop_grace_period: grace, read_only: isReadOnly } = services[name];
    expect([Number.parseInt(grace, 10) > DRAIN, isReadOnly]).toEqual([true, true]);
  }
});

/** Where the types of Kubernetes' objects are; whatever else is in the manifest fails. */
const KUBERNETES: Readonly<Record<string, string>> = {
  ConfigMap: 'core/v1',
  ServiceAccount: 'core/v1',
  Service: 'core/v1',
  Deployment: 'apps/v1',
  PodDisruptionBudget: 'policy/v1',
};

it('kubernetes.yaml has no field that Kubernetes does not know, and none of another type', () => {
  const objects = parseAllDocuments(read('deploy/kubernetes.yaml')).map((one) => one.toJS());
  const kinds = objects.map(({ kind }) => String(kind));
  expect(new Set(kinds)).toEqual(new Set(Object.keys(KUBERNETES)));
  // Within the repository, so that the types are found.
  const folder = join(ROOT, `node_modules/.manifests-${process.pid}`);
  mkdirSync(folder);
  try {
    const lines = objects.map((object, at) => {
      const kind = kinds[at] ?? '';
      return (
        `import type { ${kind} as Kind${at} } from 'kubernetes-types/${KUBERNETES[kind]}';\n` +
        `export const object${at}: Kind${at} = ${JSON.stringify(object, null, 2)};\n`
      );
    });
    writeFileSync(join(folder, 'manifest.ts'), lines.join('\n'));
    const { stdout } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'node_modules/typescript/bin/tsc'),
        ...'--noEmit --strict --skipLibCheck --ignoreConfig --module esnext --moduleResolution bundler'.split(
          ' ',
        ),
        join(folder, 'manifest.ts'),
      ],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('kubernetes.yaml belongs together, mounts no token, and leaves a drain its time', () => {
  const objects = parseAllDocuments(read('deploy/kubernetes.yaml')).map((one) => one.toJS());
  const of = (kind: string) => objects.find((object) => object.kind === kind);
  const { spec } = of('Deployment');
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const labels = spec.template.metadata.labels;
  expect(spec.selector.matchLabels).toEqual(labels);
  expect(of('Service').spec.selector).toEqual(labels);
  expect(of('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels);
  expect(of('ServiceAccount').automountServiceAccountToken).toBe(false);
  expect(pod).toMatchObject({
    serviceAccountName: of('ServiceAccount').metadata.name,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true },
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  const preStop = container.lifecycle.preStop.sleep.seconds;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(preStop + DRAIN);
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
    (probe) => container[probe].httpGet.path,
  );
  expect(paths).toEqual(['/health', '/health', '/ready']);
});

it.skipIf(isMissing('systemd-analyze'))('the systemd unit is one, and hardened', () => {
  const file = join(newFolder(), 'head-swap-gateway.service');
  // Node is elsewhere on this machine.
  writeFileSync(
    file,
    read('deploy/head-swap-gateway.service').replaceAll('/usr/bin/node', process.execPath),
  );
  const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  // It also tells of other units of the machine.
  expect(verified.stderr.split('\n').filter((line) => line.includes('head-swap'))).toEqual([]);
  expect(verified.status).toBe(0);
  const judged = spawnSync(
    'systemd-analyze',
    ['security', '--offline=true', '--threshold=15', '--no-pager', file],
    { encoding: 'utf8' },
  );
  expect([judged.status, judged.stdout.split('\n').at(-2)]).toEqual([0, expect.anything()]);
  const [, seconds] = /TimeoutStopSec=(\d+)/.exec(read('deploy/head-swap-gateway.service')) ?? [];
  expect(Number(seconds)).toBeGreaterThan(DRAIN);
});
