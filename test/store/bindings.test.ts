import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteConnection, toBindable } from '../../src/store/sqlite/sqlite-connection.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

afterEach(removeFolders);

describe('values bound to SQLite', () => {
  it.each([
    [null, null],
    [true, 1n],
    [false, 0n],
    [0, 0n],
    [-5, -5n],
    [2 ** 53 - 1, 9_007_199_254_740_991n],
    [7n, 7n],
    ['', ''],
    ['é😀', 'é😀'],
  ])('%s is bound as %s', (value, bound) => {
    expect(toBindable(value)).toBe(bound);
  });

  it.each([
    [undefined],
    [new Date(0)],
    [{}],
    [[1]],
    [new Uint8Array(1)],
    [Symbol('x')],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [2 ** 53],
    ['a\0b'],
    ['\ud800'],
    [() => 1],
  ])('%s is refused', (value) => {
    expect(() => toBindable(value)).toThrow(TypeError);
  });

  it('reach the table as integers and texts', () => {
    const connection = openSqliteConnection(join(newFolder(), 'x.db'));
    const [row] = connection.all('select typeof(?) as a, typeof(?) as b, typeof(?) as c', [
      3,
      true,
      'x',
    ]);
    expect(row).toEqual({ a: 'integer', b: 'integer', c: 'text' });
    connection.close();
  });
});

describe('a SQLite connection', () => {
  it('keeps all of a transaction or nothing', () => {
    const connection = openSqliteConnection(join(newFolder(), 'x.db'));
    const count = () => connection.all<{ n: number }>('select count(*) as n from t', [])[0]?.n;
    const add = (value: unknown) => connection.all('insert into t values (?)', [value]);
    connection.all('create table t (v integer not null) strict', []);
    expect(connection.transaction(() => add(1))).toEqual([]);
    expect(connection.transaction(() => (add(2), null))).toBeNull();
    expect(() => connection.transaction(() => (add(3), add(null)))).toThrow(/NOT NULL/);
    expect(count()).toBe(1);
    connection.transaction(() => add(4));
    expect(count()).toBe(2);
    connection.close();
  });

  it('writes ahead and waits for the disk', () => {
    const connection = openSqliteConnection(join(newFolder(), 'x.db'));
    expect(connection.all('pragma journal_mode', [])).toEqual([{ journal_mode: 'wal' }]);
    expect(connection.all('pragma synchronous', [])).toEqual([{ synchronous: 2 }]);
    connection.close();
  });

  it('knows a statement again however many others there were', () => {
    const connection = openSqliteConnection(join(newFolder(), 'x.db'));
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 600; n += 1) {
        expect(connection.all(`select ? as v${n}`, [n])).toEqual([{ [`v${n}`]: n }]);
      }
    }
    connection.close();
  });
});
