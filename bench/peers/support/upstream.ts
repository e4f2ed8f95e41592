import { Pool } from 'undici';
import { apiKey, baseUrl } from './environment.ts';
import { toTask, type Task } from './task.ts';

const pool = new Pool(baseUrl, { connections: 64, pipelining: 1 });

/** Reads one task of the stand-in; throws when there is none. */
export async function readTask(id: string): Promise<Task> {
  const { body } = await pool.request({
    method: 'GET',
    path: `/api/open/v4/headswap/task/detail?_id=${encodeURIComponent(id)}`,
    headers: { 'x-api-key': apiKey },
  });
  return toTask(await body.json());
}
