import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import { pollMs } from './environment.ts';
import type { Task } from './task.ts';
import { readTask } from './upstream.ts';

/** Reads tasks at their interval, once for all who watch, and tells each change. */
export interface FollowedTasks {
  /** Begins to read the task; following it again does nothing. */
  follow(id: string): void;
  /** What was last read. */
  latest(id: string): Task | undefined;
}

/** `tell` gets every state that differs from the one before. */
export function followTasks(tell: (task: Task) => void): FollowedTasks {
  const followed = new Map<string, Task | undefined>();
  const look = async (id: string): Promise<void> => {
    try {
      const task = await readTask(id);
      const before = followed.get(id);
      followed.set(id, task);
      if (before?.progress !== task.progress || before.status !== task.status) tell(task);
    } finally {
      setTimeout(() => void look(id), pollMs * (0.9 + 0.2 * Math.random()));
    }
  };
  return {
    latest: (id) => followed.get(id),
    follow(id) {
      if (followed.has(id)) return;
      followed.set(id, undefined);
      void look(id);
    },
  };
}

/** `POST /follow` with a list of ids: reading without a watcher, as a gateway does for jobs made through it. */
export async function serveFollow(
  request: IncomingMessage,
  response: ServerResponse,
  tasks: FollowedTasks,
): Promise<void> {
  const ids = JSON.parse(await readBody(request)) as string[];
  for (const id of ids) tasks.follow(id);
  response.end('{}');
}
