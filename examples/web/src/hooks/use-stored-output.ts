import { useEffect, useState } from 'react';
import { client } from '../client/gateway.ts';
import { documentOf } from '../client/document-of.ts';
import { ReadTaskPageDocument, type TaskPartsFragment } from '../client/generated/graphql.ts';

const READ_TASK = documentOf(ReadTaskPageDocument);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
const MOST_ASKS = 30;

/** So often it is asked for a copy of which nothing is known yet: the gateway may make none. */
const MOST_ASKS_IN_THE_DARK = 4;

export interface StoredOutput {
  readonly task: TaskPartsFragment;
  /** A copy may still come. */
  readonly isPending: boolean;
}

/** The task with its copy: that is made after COMPLETED, when the watch has ended, so it is asked for. */
export function useStoredOutput(task: TaskPartsFragment): StoredOutput {
  const [latest, setLatest] = useState(task);
  const [asks, setAsks] = useState(0);
  const status = latest.storedOutput?.status ?? null;
  const mostAsks = status === null ? MOST_ASKS_IN_THE_DARK : MOST_ASKS;
  const isPending = (status === null || status === 'PENDING') && asks < mostAsks;
  useEffect(() => {
    if (!isPending) return;
    let isLeft = false;
    const ask = async (): Promise<void> => {
      const { data } = await client.query(READ_TASK, { id: task.id }).toPromise();
      if (isLeft) return;
      const read = data?.headSwapTask;
      setLatest((held) => (read != null && read.version >= held.version ? read : held));
      setAsks((before) => before + 1);
    };
    const timer = setTimeout(
      () => void ask(),
      Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** asks),
    );
    return () => {
      isLeft = true;
      clearTimeout(timer);
    };
  }, [task.id, isPending, asks]);
  return { task: latest, isPending };
}
