import { FlagError, USAGE, readFlags } from './flags.ts';
import { landingPage } from './pages/landing-page.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

/** What listening fails with, and which flag mends it. */
const NOT_LISTENING: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'another program listens on that port. Choose another one with --port.'],
  ['EACCES', 'this process may not listen on that port. Choose another one with --port.'],
  ['EADDRNOTAVAIL', 'this machine has no such address. Choose another one with --host.'],
  ['ENOTFOUND', 'no such host is known. Choose another one with --host.'],
]);

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ('code' in error ? NOT_LISTENING.get(error.code) : undefined) ?? error.message;
}

/** Prints what went wrong and ends the process: 2 for wrong flags, 1 for anything else. */
function giveUp(error: unknown): never {
  const reason = reasonOf(error);
  const wrongFlags = error instanceof FlagError;
  process.stderr.write(
    wrongFlags ? `${reason}\n\n${USAGE}` : `The sandbox did not start: ${reason}\n`,
  );
  process.exit(wrongFlags ? 2 : 1);
}

async function run(): Promise<void> {
  const options = readFlags(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  // Whoever read the first lines may have gone. The sandbox stays for everybody else.
  process.stdout.on('error', () => undefined);
  const sandbox = await startSandbox({
    ...options,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  stopOnSignal(sandbox);
  process.stdout.write(`${landingPage(sandbox.url)}
URL        ${sandbox.url}
API key    ${sandbox.apiKey}
Client id  ${sandbox.clientId}

Running until Ctrl+C.
`);
}

function stopOnSignal(sandbox: Sandbox): void {
  let closing: Promise<void> | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Ctrl+C under npm comes twice: from the terminal, and handed on by npm.
    process.on(signal, () => {
      closing ??= sandbox.close().catch(giveUp);
    });
  }
}

run().catch(giveUp);
