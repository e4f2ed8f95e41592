import { inject } from 'vitest';

/** A new, empty database on the Postgres server that all test files share; its URL. Who breaks the server starts one of their own. */
export async function newDatabase(): Promise<string> {
  const response = await fetch(inject('postgres'), { method: 'POST' });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
