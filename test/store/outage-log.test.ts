import { DatabaseError } from 'pg';
import { beforeEach, expect, it } from 'vitest';
import type { LogFields } from '../../src/runtime/log.ts';
import { createOutageLog, type OutageLog } from '../../src/store/postgres/outage-log.ts';

let lines: [string, LogFields, string][];
let now: number;
let failures: OutageLog;

beforeEach(() => {
  lines = [];
  now = 0;
  const write =
    (level: string) =>
    (fields: LogFields, message: string): void =>
      void lines.push([level, fields, message]);
  const log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  failures = createOutageLog({ log, monotonic: () => now });
});

function databaseError(code: string, message: string, more: object = {}): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code, ...more });
}

const DOWN = databaseError('08S01', 'not accepting\n connections', { hint: 'restart pgpool' });
const SAID = ['error', { engine: '08S01', server: 'not accepting connections; restart pgpool' }];

it('tells each kind of failure once, in the words of the server', () => {
  for (let count = 0; count < 75; count += 1) failures.statementFailed(DOWN);
  failures.statementFailed(new Error('timeout exceeded when trying to connect'));
  failures.statementFailed(DOWN);
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), {
    code: 'ECONNREFUSED',
  });
  failures.statementFailed(refused);
  failures.statementFailed(refused);
  expect(lines).toEqual([
    [...SAID, 'The store cannot answer.'],
    ['error', { engine: 'timeout exceeded when trying to connect' }, 'The store cannot answer.'],
    ['error', { engine: 'ECONNREFUSED' }, 'The store cannot answer.'],
  ]);
});

it('tells of broken connections once, too', () => {
  const broke = databaseError('57P01', 'terminating connection due to administrator command');
  for (let count = 0; count < 10; count += 1) failures.connectionBroke(broke);
  expect(lines).toEqual([
    ['warn', { engine: '57P01', server: broke.message }, 'A database connection broke'],
  ]);
});

it('tells when the database has answered without a failure for 5 s, and of the next outage', () => {
  failures.answered();
  failures.statementFailed(DOWN);
  now = 4999;
  failures.answered();
  failures.statementFailed(DOWN);
  now += 5000;
  failures.answered();
  failures.answered();
  failures.statementFailed(DOWN);
  expect(lines).toEqual([
    [...SAID, 'The store cannot answer.'],
    ['info', {}, 'The store answers again'],
    [...SAID, 'The store cannot answer.'],
  ]);
});

it('tells every failure of a statement itself, and never its words, which may quote values', () => {
  const broken = databaseError('23505', 'duplicate key value (face.png)', {
    constraint: 'job_key',
  });
  failures.statementFailed(broken);
  failures.statementFailed(broken);
  const line = ['error', { engine: '23505, constraint job_key' }, 'The store cannot answer.'];
  expect(lines).toEqual([line, line]);
});
