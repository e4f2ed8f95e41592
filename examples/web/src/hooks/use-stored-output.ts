import { useEffect, useState } from 'react';
import { client } from '../client/gateway.ts';
import { documentOf } from '../client/document-of.ts';
import { ReadTaskPageDocument, type TaskPartsFragment } from '../client/generated/graphql.ts';

const READ_TASK = documentOf(ReadTaskPageDocument);
const ASK_EVERY_MS = 2_000;
const MOST_ASKS = 30;

/** The task with its copy: that is made after COMPLETED, when the watch has ended, so it is asked for. */
export function useStoredOutput(task: TaskPartsFragment): TaskPartsFragment {
  const [latest, setLatest] = useState(task);
  const [asks, setAsks] = useState(0);
  const isPending =
    latest.storedOutput?.status === 'PENDING' || (latest.storedOutput === null && asks < 3);
  useEffect(() => {
    if (!isPending || asks >= MOST_ASKS) return;
    let isLeft = false;
    const timer = setTimeout(async () => {
      const { data } = await client.query(READ_TASK, { id: task.id }).toPromise();
      if (isLeft) return;
      const read = data?.headSwapTask;
      setLatest((held) => (read != null && read.version >= held.version ? read : held));
      setAsks((before) => before + 1);
    }, ASK_EVERY_MS);
    return () => {
      isLeft = true;
      clearTimeout(timer);
    };
  }, [task.id, isPending, asks]);
  return latest;
}
