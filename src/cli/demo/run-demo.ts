import { systemClock } from '../../runtime/clock.ts';
import { DemoError } from './demo-error.ts';
import { FlagError } from '../flag-error.ts';
import { USAGE, readFlags, type DemoFlags } from './flags.ts';
import { createGatewayClient } from './gateway-client.ts';
import type { OwnGateway } from './own-gateway.ts';
import { tellStory } from './story.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/**
 * On a sandbox any URL will do that names its test card; AKOOL would find nothing there, and sell
 * nothing.
 */
const SAMPLES = {
  video: 'https://example.com/two-people.mp4',
  face: 'https://example.com/face.png',
};

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Tells the whole story in this process's terminal. Resolves to its exit code: 0 when the video is
 * saved, 2 for wrong flags, 130 after Ctrl+C (143 after SIGTERM), 1 when anything else ended it.
 */
export async function runDemo(args: readonly string[]): Promise<number> {
  let flags: DemoFlags | 'help';
  try {
    flags = readFlags(args);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (flags === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const { stdout: out, stderr: err } = process;
  const terminal = createTerminal({ out, err, noColor: flags.noColor });
  const stopping = new AbortController();
  let stoppedWith: number | null = null;
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.once(name, () => {
      stoppedWith ??= exitCode;
      stopping.abort();
    });
  }
  try {
    await run(flags, terminal, stopping.signal);
    return 0;
  } catch (error) {
    if (stoppedWith !== null) {
      terminal.problem('Stopped.');
      return stoppedWith;
    }
    if (!(error instanceof DemoError)) throw error;
    terminal.problem(error.message);
    return 1;
  }
}

async function run(flags: DemoFlags, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const own = flags.url === null ? await startOwnGateway() : null;
  const gateway = createGatewayClient({
    url: own?.url ?? flags.url ?? '',
    callerKey: flags.callerKey,
    signal,
    onReconnect: () => terminal.line('The connection broke; connecting again.'),
  });
  try {
    signal.throwIfAborted();
    terminal.heading('A head swap, from a video to a video');
    terminal.line(`Gateway   ${gateway.endpoint}`);
    if (own !== null) terminal.line('It was started for this, on the sandbox: nothing is bought.');
    await tellStory({
      gateway,
      terminal,
      clock: systemClock,
      signal,
      video: flags.video ?? (own ?? SAMPLES).video,
      face: flags.face ?? (own ?? SAMPLES).face,
      person: flags.person,
      output: flags.output,
    });
  } finally {
    await gateway.close();
    await own?.stop();
  }
}

async function startOwnGateway(): Promise<OwnGateway> {
  // Loaded only here: the client of a gateway that runs elsewhere needs none of the server.
  const ownGateway = await import('./own-gateway.ts');
  return ownGateway.startOwnGateway();
}
