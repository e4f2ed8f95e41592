import { FlagError, USAGE, readFlags } from './flags.ts';
import { landingPage } from './landing-page.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

/** Prints what went wrong and ends the process: 2 for wrong flags, 1 for anything else. */
function giveUp(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
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
  const sandbox = await startSandbox(options);
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
