import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { cpuNs } from '../harness/process-figures.ts';
import type { Answers, Command, Moved, Request } from './protocol.ts';
import { answerOf, createTasks, DONE, newId, type StandInTask } from './tasks.ts';
import { ring } from './webhook.ts';

/** AKOOL as far as the bench needs it: as fast as node:http can be, counting calls by API key. Prints nothing; told what to do by its parent. */

const tasks = createTasks();
const analyses = new Map<string, string>();
const counts = new Map<string, { reads: number; creates: number }>();
const advancing = new Set<string>();
const moves = new Map<string, { pid: number; status: number; tell: (moved: Moved) => void }>();

const READ = '/api/open/v4/headswap/task/detail?_id=';
const READ_ANALYSIS = '/api/open/v4/headswap/analyze/detail?_id=';

function countsOf(key: string): { reads: number; creates: number } {
  const known = counts.get(key);
  if (known !== undefined) return known;
  const fresh = { reads: 0, creates: 0 };
  counts.set(key, fresh);
  return fresh;
}

function respond(response: ServerResponse, body: string): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function readTask(id: string, key: string): string {
  const task = tasks.get(id);
  countsOf(key).reads += 1;
  if (advancing.has(key)) tasks.advance(task);
  const move = moves.get(id);
  if (move === undefined) return answerOf(task);
  moves.delete(id);
  if (move.status === DONE) tasks.set(id, DONE);
  else tasks.advance(task);
  const answer = answerOf(task);
  move.tell({ cpuNs: cpuNs(move.pid), at: monotonicMs(), progress: task.progress });
  return answer;
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function readAnalysis(id: string): string {
  return JSON.stringify({
    code: 1000,
    msg: 'OK',
    data: {
      _id: id,
      create_time: 1_778_806_019_014,
      video_url: analyses.get(id) ?? 'https://example.com/source.mp4',
      type: 'head',
      status: 3,
      progress: 100,
      task_id: `${id.slice(0, 16)}deadbeef`,
      analysis_result: {
        detected_objects: 1,
        media: [{ media_type: 'images', obj_id: 0, img_url: 'https://example.com/previews/0.png' }],
        video_info: { width: 1916, height: 1082, fps: 30, frame_count: 450 },
      },
    },
  });
}

function created(task: StandInTask): string {
  return JSON.stringify({
    code: 1000,
    msg: 'OK',
    data: {
      _id: task.id,
      create_time: 1_778_806_213_962,
      video_duration: 10,
      task_id: `${task.id.slice(0, 16)}deadbeef`,
      resolution: '720p',
      status: 1,
      deduction_lock_duration: 100,
      model_name: 'akool-premium',
      file_name: 'Headswap_1778806213962.mp4',
      video_url: null,
    },
  });
}

async function create(request: IncomingMessage, key: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
  countsOf(key).creates += 1;
  const videoUrl = String(body['video_url']);
  if (request.url?.endsWith('/task/create') === true) {
    const webhookUrl = body['webhookUrl'];
    return created(tasks.create(videoUrl, typeof webhookUrl === 'string' ? webhookUrl : null));
  }
  const id = newId();
  analyses.set(id, videoUrl);
  return readAnalysis(id);
}

const server = createServer((request, response) => {
  const url = request.url ?? '';
  const key = String(request.headers['x-api-key']);
  if (url.startsWith(READ)) respond(response, readTask(url.slice(READ.length), key));
  else if (url.startsWith(READ_ANALYSIS)) {
    respond(response, readAnalysis(url.slice(READ_ANALYSIS.length)));
  } else if (request.method === 'POST') {
    create(request, key).then(
      (body) => respond(response, body),
      () => response.writeHead(400).end(),
    );
  } else respond(response, '{"code":1000,"msg":"OK","data":{"credit":1000}}');
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});

/** Completes all at once, then rings. */
async function finish(command: Extract<Command, { kind: 'finish' }>): Promise<number> {
  const waiting = [...command.ids];
  for (const id of waiting) tasks.set(id, DONE);
  let refused = 0;
  const ringer = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const { webhookUrl } = tasks.get(id);
      const isTaken = webhookUrl !== null && (await ring(webhookUrl, id, command));
      if (!isTaken) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: command.atOnce }, ringer));
  return refused;
}

async function obey(command: Command): Promise<Answers[keyof Answers]> {
  switch (command.kind) {
    case 'counts':
      return { ...countsOf(command.key) };
    case 'set':
      for (const id of command.ids) tasks.set(id, command.status);
      return null;
    case 'move':
      return new Promise((tell) => {
        moves.set(command.id, { pid: command.pid, status: command.status, tell });
      });
    case 'advance':
      if (command.on) advancing.add(command.key);
      else advancing.delete(command.key);
      return null;
    case 'finish':
      return finish(command);
    case 'progress':
      return command.ids.map((id) => tasks.get(id).progress);
    default:
      return command satisfies never;
  }
}

process.on('message', ({ number, command }: Request) => {
  obey(command).then(
    (answer) => process.send?.({ number, answer }),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
