import { randomBytes } from 'node:crypto';

/** A task as the stand-in knows it. Every id that nobody set is a task at work. */
export interface StandInTask {
  readonly id: string;
  status: number;
  progress: number;
  readonly sourceUrl: string;
  webhookUrl: string | null;
  /** The answer to a read; null: to be built anew. */
  answer: string | null;
}

/** Status values on the wire. */
const AT_WORK = 2;
export const DONE = 3;

/** So little that a task can move thousands of times before it is done. */
const STEP = 0.005;
const FIRST_PROGRESS = 40;

export interface StandInTasks {
  get(id: string): StandInTask;
  create(sourceUrl: string, webhookUrl: string | null): StandInTask;
  set(id: string, status: number): void;
  advance(task: StandInTask): void;
}

export function createTasks(): StandInTasks {
  const tasks = new Map<string, StandInTask>();
  const add = (id: string, sourceUrl: string, webhookUrl: string | null): StandInTask => {
    const progress = FIRST_PROGRESS;
    const task = { id, status: AT_WORK, progress, sourceUrl, webhookUrl, answer: null };
    tasks.set(id, task);
    return task;
  };
  const get = (id: string): StandInTask =>
    tasks.get(id) ?? add(id, 'https://example.com/source.mp4', null);
  return {
    get,
    create: (sourceUrl, webhookUrl) => add(newId(), sourceUrl, webhookUrl),
    set(id, status) {
      const task = get(id);
      task.status = status;
      task.progress = status === DONE ? 100 : task.progress;
      task.answer = null;
    },
    advance(task) {
      if (task.status !== AT_WORK) return;
      task.progress = Math.min(99, Number((task.progress + STEP).toFixed(3)));
      task.answer = null;
    },
  };
}

export function newId(): string {
  return randomBytes(12).toString('hex');
}

/** AKOOL's answer to a read of the task. */
export function answerOf(task: StandInTask): string {
  task.answer ??= JSON.stringify({
    code: 1000,
    msg: 'OK',
    data: {
      _id: task.id,
      uid: 101400,
      team_id: '6805fb69e92d9edc7ca0b409',
      source_video_url: task.sourceUrl,
      create_time: 1_778_806_213_962,
      status: task.status,
      video_duration: 10,
      resolution: '720p',
      deduction_duration: 15,
      video_url: task.status === DONE ? `https://example.com/output/${task.id}.mp4` : null,
      progress: task.progress,
      priority: 9,
      task_id: `${task.id.slice(0, 16)}deadbeef`,
      file_name: 'Headswap_1778806213962.mp4',
      model_name: 'akool-premium',
    },
  });
  return task.answer;
}
