import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { startPostgres, type PostgresServer } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers each POST with the URL of a new database. */
    readonly postgres: string;
  }
}

/**
 * Keeps one Postgres server for all test files. It starts when the first of them asks for a database; files that need none do not
 * wait for it. Vitest runs this before the first test file, and what it returns after the last.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<PostgresServer> | null = null;
  const keeper = createServer((_request, response) => {
    starting ??= startPostgres();
    starting
      .then((server) => server.newDatabase())
      .then(
        (url) => response.end(url),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
  }).listen(0, '127.0.0.1');
  await once(keeper, 'listening');
  const address = keeper.address();
  if (typeof address !== 'object' || address === null) throw new Error('It has no port.');
  project.provide('postgres', `http://127.0.0.1:${address.port}`);
  return async () => {
    keeper.closeAllConnections();
    keeper.close();
    const server = await starting?.catch(() => null);
    await server?.stop();
  };
}
