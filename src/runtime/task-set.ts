/** Work that runs on its own, and that something waits for at the end. */
export interface TaskSet {
  /** The task may reject; whoever cares has to look after that. */
  add(task: Promise<unknown>): void;
  /** Resolves when every task has ended, those that are added meanwhile too. */
  ended(): Promise<void>;
}

/** A set without tasks. */
export function createTaskSet(): TaskSet {
  const tasks = new Set<Promise<unknown>>();
  return {
    add(task) {
      const remove = (): void => void tasks.delete(ended);
      const ended: Promise<void> = task.then(remove, remove);
      tasks.add(ended);
    },
    async ended() {
      while (tasks.size > 0) await Promise.all(tasks);
    },
  };
}
