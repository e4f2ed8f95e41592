import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGroupCommit, type GroupCommit } from '../../src/store/sqlite/sqlite-engine.ts';
import {
  openSqliteConnection,
  type SqliteConnection,
} from '../../src/store/sqlite/sqlite-connection.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

let file: string;
let connection: SqliteConnection;
let commits: GroupCommit;
/** Transactions begun on their own. */
let begun: number;

beforeEach(() => {
  file = join(newFolder(), 'x.db');
  connection = openSqliteConnection(file);
  connection.all('create table note (text text not null unique)', []);
  begun = 0;
  let depth = 0;
  commits = createGroupCommit({
    ...connection,
    transaction(work) {
      begun += depth === 0 ? 1 : 0;
      depth += 1;
      try {
        return connection.transaction(work);
      } finally {
        depth -= 1;
      }
    },
  });
});

afterEach(() => {
  connection.close();
  removeFolders();
});

const insert = (text: string | null) => () =>
  connection.all<{ text: string }>('insert into note values (?) returning text', [text]);

/** What another process sees. */
function durable(): unknown[] {
  const other = new DatabaseSync(file);
  const rows = other.prepare('select text from note order by rowid').all();
  other.close();
  return rows.map(({ text }) => text);
}

describe('writes of one turn of the event loop', () => {
  it('are one commit, durable before anybody hears of it, in the order they came', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `note ${index}`);
    const seen: unknown[][] = [];
    const results = await Promise.all(
      texts.map(async (text) => {
        const rows = await commits.add(insert(text));
        seen.push(durable());
        return rows[0]?.text;
      }),
    );
    expect(results).toEqual(texts);
    expect(new Set(seen.map((rows) => rows.length))).toEqual(new Set([50]));
    expect(seen[0]).toEqual(texts);
    expect(begun).toBe(1);
  });

  it('come one by one where one of them fails, and only that one does', async () => {
    const outcomes = await Promise.allSettled([
      commits.add(insert('a')),
      commits.add(insert(null)),
      commits.add(insert('a')),
      commits.add(insert('b')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(durable()).toEqual(['a', 'b']);
  });

  it('undo a part that asks for it, and keep the rest', async () => {
    const [kept, undone, alsoKept] = await Promise.all([
      commits.add(() => connection.transaction(insert('kept'))),
      commits.add(() =>
        connection.transaction(() => {
          insert('undone')();
          return null;
        }),
      ),
      commits.add(() => connection.transaction(insert('also kept'))),
    ]);
    expect([kept, undone, alsoKept]).toEqual([[{ text: 'kept' }], null, [{ text: 'also kept' }]]);
    expect(durable()).toEqual(['kept', 'also kept']);
  });

  it('are all refused after one wait while another tool holds the file', async () => {
    const tool = new DatabaseSync(file);
    tool.exec('begin immediate');
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((text) => commits.add(insert(text))),
    );
    tool.exec('rollback');
    tool.close();
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(begun).toBe(1);
    expect(durable()).toEqual([]);
    await commits.add(insert('later'));
    expect(durable()).toEqual(['later']);
  });

  it('are written by a flush at once', () => {
    void commits.add(insert('a'));
    void commits.add(insert('b'));
    expect(durable()).toEqual([]);
    commits.flush();
    expect(durable()).toEqual(['a', 'b']);
  });

  it('wait for the disk, unless a power cut may take all of them back', async () => {
    const level = () => connection.all<{ synchronous: number }>('pragma synchronous', [])[0];
    const [NORMAL, FULL] = [{ synchronous: 1 }, { synchronous: 2 }];
    expect(await commits.add(level, false)).toEqual(NORMAL);
    expect(level()).toEqual(FULL);
    const [light, heavy] = [commits.add(level, false), commits.add(level)];
    expect(await Promise.all([light, heavy])).toEqual([FULL, FULL]);
    await Promise.all([commits.add(insert('a'), false), commits.add(insert('b'), false)]);
    expect(durable()).toEqual(['a', 'b']);
    await expect(commits.add(insert(null), false)).rejects.toThrow('NOT NULL');
    expect(level()).toEqual(FULL);
    connection.close();
    await expect(commits.add(insert('c'), false)).rejects.toThrow('database is not open');
  });
});
