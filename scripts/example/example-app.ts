import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('../../examples/web', import.meta.url));

/** Installs what the example needs where that is missing, and builds it. */
export function buildExample(): void {
  if (!existsSync(`${folder}/node_modules/vite`)) run('npm', ['ci', '--no-audit']);
  run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']);
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`, { cause: error });
}

/** What the app is served with. */
export interface ExampleOptions {
  /** Base URL of the gateway. */
  readonly gatewayUrl: string;
  /** Base URL of the sandbox, whose samples the page offers. */
  readonly sandboxUrl: string;
  /** Where the page is to be. */
  readonly port: number;
}

/** The app being served. */
export interface ServedExample {
  readonly url: string;
  stop(): Promise<void>;
}

/** What is used of Vite, which is the example's dependency alone. */
interface Vite {
  preview(options: {
    root: string;
    logLevel: 'warn';
    preview: { port: number; strictPort: boolean };
  }): Promise<{ close(): Promise<void> }>;
}

/** Serves the app that was built, and the gateway's paths, on one origin. */
export async function serveExample(options: ExampleOptions): Promise<ServedExample> {
  const { port } = options;
  process.env['GATEWAY_URL'] = options.gatewayUrl;
  process.env['SAMPLES_URL'] = options.sandboxUrl;
  const entry = pathToFileURL(`${folder}/node_modules/vite/dist/node/index.js`);
  const { preview }: Vite = await import(entry.href);
  const server = await preview({
    root: folder,
    logLevel: 'warn',
    preview: { port, strictPort: true },
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}
