import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Who may import whom, type imports counted. A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  domain: ['runtime'],
  log: ['runtime'],
  telemetry: ['runtime'],
  config: ['runtime'],
  sandbox: [],
  'client-operations': [],
  upstream: ['runtime', 'domain'],
  store: ['runtime', 'domain'],
  auth: ['runtime', 'domain', 'log'],
  media: ['runtime', 'domain', 'config', 'store'],
  jobs: ['runtime', 'domain', 'upstream', 'store'],
  graphql: ['runtime', 'domain', 'upstream', 'store', 'media', 'jobs'],
  server: ['runtime', 'domain', 'log', 'auth', 'media', 'jobs', 'graphql'],
  app: 'runtime domain log telemetry config upstream store media jobs graphql auth server sandbox'.split(
    ' ',
  ),
  cli: 'runtime domain log config upstream store jobs server client-operations app'.split(' '),
  'main.ts': ['runtime', 'log', 'config', 'store', 'app'],
};

/**
 * The doors of each room: the files of a subfolder that files outside it may import.
 */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  'app/metrics': ['start-operators', 'observe-gateway'],
  'app/tracing': ['start-tracing', 'trace-store'],
  'runtime/files': ['make-folder', 'sync-file'],
  'runtime/network': ['connections', 'proxied-fetch'],
  'runtime/tracing': ['tracer'],
  'app/serving': ['start-serving', 'own-urls'],
  'config/traces': ['traces-config'],
  'config/media': ['media-config', 'media-location'],
  'cli/backup': ['run-backup', 'run-restore'],
  'cli/demo': ['run-demo'],
  'cli/purchases': ['command', 'flags'],
  'graphql/federation': ['subgraph', 'subgraph-sdl'],
  'graphql/format-error': ['error-codes', 'format-error'],
  'graphql/input': ['input-issues', 'input-text'],
  'graphql/loading': ['loaders', 'load-analysis'],
  'graphql/media': ['stored-media', 'uploads'],
  'graphql/mutations': ['create-head-swap-task', 'submit-analysis'],
  'graphql/paging': ['cursors', 'page'],
  'graphql/types': ['types'],
  'jobs/limiting': ['read-limiter', 'shared-read-budget'],
  'jobs/polling': ['polling', 'schedule'],
  'jobs/purchases': ['purchases', 'settle'],
  'jobs/watching': ['hub', 'watching'],
  'jobs/webhooks': ['webhooks'],
  'media/copying': ['start-copying'],
  'media/fetching': ['guarded-connector', 'media-fetcher'],
  'media/inspecting': ['inspect-upload', 'media-type'],
  'media/links': ['media-links', 'signed-links'],
  'media/storage': ['media-storage', 'open-media-storage'],
  'media/uploads': ['upload-sweep', 'uploads'],
  'sandbox/api': ['endpoints', 'routes'],
  'sandbox/callbacks': ['callbacks', 'callback-crypto'],
  'sandbox/cards': ['behaviour-of', 'card-list'],
  'sandbox/credits': ['credits', 'credits-route'],
  'sandbox/files': ['find-file', 'send-file'],
  'sandbox/http': ['request-handler', 'listen'],
  'sandbox/pages': ['credits-page', 'landing-page'],
  'sandbox/state': ['state', 'state-file-error'],
  'server/explorer': ['explorer-page'],
  'server/fanout': ['fanout', 'parked-subscriber'],
  'server/http': ['http-server', 'webhook-route'],
  'server/http/connections': ['broken-requests', 'ignore-upgrade'],
  'server/http/files': ['file-routes'],
  'server/http/operators': ['operator-listener', 'operator-routes'],
  'server/load': ['overload', 'team-quota'],
  'server/operations': ['operations'],
  'server/operations/documents': ['documents'],
  'server/operations/persisted': ['persisted-operations'],
  'server/sse': ['event-streams', 'stream-formats'],
  'server/tracing': ['request-spans', 'operation-spans'],
  'server/websocket': ['websocket'],
  'telemetry/tracing': ['start-traces'],
  'store/decorators': ['shared-store', 'with-wake-ups'],
  'store/postgres': ['postgres'],
  'store/postgres/backup': ['restore-postgres'],
  'store/sql': ['sql-engine', 'sql-store'],
  'store/sql/jobs': ['job-verbs', 'job-rows'],
  'store/sql/purchases': ['purchase-verbs', 'move-purchase'],
  'store/sql/schema': ['tables', 'migrations'],
  'store/sql/backup': ['restore-loss', 'restore-timeline'],
  'store/sql/media': ['copy-verbs', 'upload-verbs'],
  'store/sqlite': ['sqlite', 'sqlite-path'],
  'store/sqlite/backup': ['back-up-sqlite', 'restore-sqlite'],
  'telemetry/metrics': ['metrics'],
  'upstream/reading': ['get-with-retries'],
  'upstream/sending': ['send-once', 'submission-deadlines'],
  'upstream/shapes': ['translate', 'numeric'],
};

/** Rooms full of plugins, and the one file that may take them: the list that puts them in order. */
const SHELVES: Readonly<Record<string, string>> = {
  'server/http/plugins': 'server/yoga.ts',
  'server/operations/plugins': 'server/yoga.ts',
};

/** Files a folder may hold beside its subfolders. */
const MOST_FILES = 12;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(SRC, name));

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const relatives = source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...relatives].map(([, path]) => join(dirname(file), path ?? ''));
}

const folderOf = (file: string): string => relative(SRC, file).split('/')[0] ?? '';

it('finds the imports it is to judge', () => {
  expect(importsOf(join(SRC, 'main.ts')).map((file) => relative(SRC, file))).toContain(
    'app/app.ts',
  );
  expect(files.length).toBeGreaterThan(100);
});

it('imports point one way only', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => {
        const [from, to] = [folderOf(file), folderOf(imported)];
        return from !== to && !MAY_IMPORT[from]?.includes(to);
      })
      .map((imported) => `${relative(SRC, file)} imports ${relative(SRC, imported)}`),
  );
  expect(wrong).toEqual([]);
});

it('imports make no circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      const circle = [...path.slice(path.indexOf(file)), file];
      circles.push(circle.map((each) => relative(SRC, each)).join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const imported of importsOf(file)) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

it('nobody reaches past a door', () => {
  const past = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => {
        const room = relative(SRC, dirname(imported));
        const isWithin = `${relative(SRC, dirname(file))}/`.startsWith(`${room}/`);
        const doors = DOORS[room];
        return doors !== undefined && !isWithin && !doors.includes(basename(imported, '.ts'));
      })
      .map((imported) => `${relative(SRC, file)} imports ${relative(SRC, imported)}`),
  );
  expect(past).toEqual([]);
});

it('every folder in a folder is a room with one or two doors, or a shelf', () => {
  const inner = new Set(
    files.map((file) => relative(SRC, dirname(file))).filter((folder) => folder.includes('/')),
  );
  expect([...inner].filter((folder) => !DOORS[folder] && !SHELVES[folder])).toEqual([]);
  expect(Object.keys({ ...DOORS, ...SHELVES }).filter((room) => !inner.has(room))).toEqual([]);

  const doors = Object.entries(DOORS);
  expect(doors.filter(([, { length }]) => length < 1 || length > 2)).toEqual([]);
  const paths = doors.flatMap(([room, names]) =>
    names.map((name) => join(SRC, room, `${name}.ts`)),
  );
  expect(paths.filter((path) => !files.includes(path))).toEqual([]);
});

it('plugins meet in their list alone', () => {
  const stray = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => {
        const list = SHELVES[relative(SRC, dirname(imported))];
        return list !== undefined && relative(SRC, file) !== list;
      })
      .map((imported) => `${relative(SRC, file)} imports ${relative(SRC, imported)}`),
  );
  expect(stray).toEqual([]);
});

it('no folder is a heap', () => {
  const folders = files.map((file) => relative(SRC, dirname(file)));
  const heaps = new Set(
    folders.filter((one) => folders.filter((other) => other === one).length > MOST_FILES),
  );
  expect([...heaps]).toEqual([]);
});

it('what reaches out of the process has its place', () => {
  const places: [RegExp, readonly string[]][] = [
    [/\bprocess\.env\b/, ['config']],
    [
      /\bfetch\(|from '(undici|ws|node:net|node:tls)'/,
      ['runtime', 'upstream', 'media', 'server', 'sandbox', 'cli'],
    ],
    [/from '(kysely|pg|@photostructure\/sqlite)'/, ['store']],
    [/from '@opentelemetry\//, ['telemetry']],
    [/\bconsole\./, []],
    // It errs on Node 20 once it is called often; what reads flags and variables calls it once.
    [/\bURL\.canParse\(/, ['config', 'sandbox']],
  ];
  const wrong = files.flatMap((file) =>
    places
      .filter(([pattern, allowed]) => {
        const source = readFileSync(file, 'utf8').replace(/^\s*(\*|\/\/).*$/gm, '');
        return pattern.test(source) && !allowed.includes(folderOf(file));
      })
      .map(([pattern]) => `${relative(SRC, file)} has ${pattern}`),
  );
  expect(wrong).toEqual([]);
});

describe('of what is not generated', () => {
  const ours = files.filter((file) => folderOf(file) !== 'client-operations');

  it('no file is over 300 lines', () => {
    const long = ours.filter((file) => readFileSync(file, 'utf8').split('\n').length > 301);
    expect(long.map((file) => relative(SRC, file))).toEqual([]);
  });

  it('no comment is wider than 100 columns', () => {
    const wide = ours.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        // A rule that is switched off for the next line has its reason on its own.
        .filter((line) => /^ *(\/\/|\/?\*)/.test(line) && !line.includes('// oxlint-'))
        .filter((line) => line.length > 100)
        .map((line) => `${relative(SRC, file)}: ${line.trim()}`),
    );
    expect(wide).toEqual([]);
  });
});
