import type { SqliteConnection } from './sqlite-connection.ts';

/**
 * Writes that share commits. A commit waits for the disk, and with it the whole process; so what is
 * to be written in one turn of the event loop is run one after the other at its end and made
 * durable at once. Busy processes have many writes in a turn, an idle one has one, which loses
 * nothing.
 */
export interface GroupCommit {
  /**
   * Resolves to what `work` returned, once what it wrote is durable. Rejects with what it threw, or
   * what kept it from being durable; then nothing of it was written, and what came with it is
   * written all the same. `synced`: false where a power cut may take it back; then nobody waits for
   * the disk, unless for something else of the turn. Default: true.
   */
  add<Result>(work: () => Result, synced?: boolean): Promise<Result>;
  /** Runs what waits. */
  flush(): void;
}

interface Waiting {
  /** Does the work; the returned function tells who waits for it. */
  readonly run: () => () => void;
  readonly fail: (error: unknown) => void;
  readonly synced: boolean;
}

export function createGroupCommit(connection: SqliteConnection): GroupCommit {
  let waiting: Waiting[] = [];

  const runAlone = ({ run, fail }: Waiting): void => {
    let tell: () => void;
    try {
      tell = run();
    } catch (error) {
      fail(error);
      return;
    }
    tell();
  };

  const runTogether = (group: readonly Waiting[]): void => {
    let isOneAtFault = false;
    const runAll = (): (() => void)[] => {
      try {
        return group.map(({ run }) => run());
      } catch (error) {
        isOneAtFault = true;
        throw error;
      }
    };
    let tell: (() => void)[];
    try {
      tell = connection.transaction(runAll);
    } catch (error) {
      // Nothing was written. Where the file is to blame it would be for each of them.
      if (isOneAtFault) group.forEach(runAlone);
      else for (const { fail } of group) fail(error);
      return;
    }
    for (const each of tell) each();
  };

  const run = (group: readonly Waiting[]): void => {
    if (group.length === 1) group.forEach(runAlone);
    else runTogether(group);
  };

  const flush = (): void => {
    const group = waiting;
    waiting = [];
    if (group.some(({ synced }) => synced)) run(group);
    else if (group.length > 0) {
      try {
        connection.withoutSync(() => run(group));
      } catch (error) {
        for (const { fail } of group) fail(error);
      }
    }
  };

  return {
    flush,
    add: (work, synced = true) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({
          run() {
            const result = work();
            return () => resolve(result);
          },
          fail: reject,
          synced,
        });
      }),
  };
}
