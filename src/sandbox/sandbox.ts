import { createServer } from 'node:http';
import { createAccounts } from './accounts.ts';
import { createEndpoints } from './api/endpoints.ts';
import { createCallbacks } from './callbacks/callbacks.ts';
import { createCredits } from './credits/credits.ts';
import { createFileFinder } from './files/find-file.ts';
import { listen, urlHost } from './http/listen.ts';
import { createRequestHandler } from './http/request-handler.ts';
import { type SandboxOptions, settingsFrom } from './settings.ts';
import { openState } from './state/state.ts';
import { type SandboxStats, createCounter } from './stats.ts';

/** A running stand-in for AKOOL. */
export interface Sandbox {
  /** What to use as AKOOL's base URL, without a final slash. */
  readonly url: string;
  /** The sandbox's own API key; it is the clientSecret too. */
  readonly apiKey: string;
  readonly clientId: string;
  /** What it has seen so far. */
  stats(): SandboxStats;
  /** Makes every bearer token issued so far worthless. */
  revokeTokens(): void;
  /**
   * Ends every timer, call and connection and lets go of the state file. Jobs go on: their time
   * runs from when they were made.
   */
  close(): Promise<void>;
}

/**
 * Starts a stand-in AKOOL over real HTTP. With a state file it goes on where the process that last
 * used the file ended. Rejects when the port is taken or an API key has a length that fits no AES,
 * and with StateFileError.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = settingsFrom(options);
  const [own] = settings.accounts;
  const accounts = createAccounts(settings.accounts);
  const counter = createCounter();
  const stopping = new AbortController();
  const state = openState(settings.stateFile);

  const server = createServer();
  server.keepAliveTimeout = 30_000;
  const port = await listen(server, settings.port, settings.host, state.port()).catch((error) => {
    state.close();
    throw error;
  });
  if (state.port() !== port) state.write({ record: 'port', port });
  const credits = createCredits({ state, accounts, settings });

  const url = settings.publicUrl ?? `http://${urlHost(settings.host)}:${port}`;
  const teamOf = (id: string) => accounts.teams.find((team) => team.id === id);
  const callbacks = createCallbacks({ state, settings, teamOf, baseUrl: url });
  server.on(
    'request',
    createRequestHandler({
      endpoints: createEndpoints({
        accounts,
        state,
        settings,
        callbacks,
        credits,
        baseUrl: url,
      }),
      findFile: createFileFinder({ state, settings, baseUrl: url }),
      credits,
      counter,
      settings,
      baseUrl: url,
      stopping: stopping.signal,
    }),
  );
  for (const task of state.tasks.values()) void callbacks.start(task);

  return {
    url,
    apiKey: own.apiKey,
    clientId: own.clientId,
    stats: () => counter.stats(state, accounts.teams[0]?.id ?? ''),
    revokeTokens: () => accounts.revokeTokens(),
    async close() {
      stopping.abort();
      await callbacks.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      state.close();
    },
  };
}
