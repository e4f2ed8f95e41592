import { spawnSync } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installExample } from './install-example.ts';

const folder = fileURLToPath(new URL('../../examples/web', import.meta.url));

/** Installs what the example needs where that is missing, type-checks it and builds it into a folder. */
export function buildExample(outDir: string): void {
  if (!installExample()) throw new Error('What the example needs could not be installed.');
  const tools = [
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
    [
      'node_modules/vite/bin/vite.js',
      'build',
      '--outDir',
      outDir,
      '--emptyOutDir',
      '--logLevel',
      'warn',
    ],
  ];
  // Whoever calls may be a test, whose NODE_ENV would bring React's development build.
  const env = { ...process.env, NODE_ENV: 'production' };
  for (const tool of tools) {
    const { status } = spawnSync(process.execPath, tool, { cwd: folder, env, stdio: 'inherit' });
    if (status !== 0) throw new Error(`The example was not built: ${tool[0]}`);
  }
}

/** What the app is served with. */
export interface ExampleOptions {
  /** Where it was built. */
  readonly outDir: string;
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
    logLevel: 'warn' | 'silent';
    plugins: readonly object[];
    build: { outDir: string };
    preview: { port: number; strictPort: boolean; proxy: Readonly<Record<string, object>> };
  }): Promise<PreviewServer>;
}

interface PreviewServer {
  readonly middlewares: {
    use(path: string, handle: (request: IncomingMessage, response: ServerResponse) => void): void;
  };
  close(): Promise<void>;
}

/** Serves the app that was built, and the gateway's paths, on one origin. */
export async function serveExample(options: ExampleOptions): Promise<ServedExample> {
  const { port, gatewayUrl: target } = options;
  const entry = pathToFileURL(`${folder}/node_modules/vite/dist/node/index.js`);
  const { preview }: Vite = await import(entry.href);
  const server = await preview({
    root: folder,
    logLevel: 'silent',
    plugins: [samplesOf(options.sandboxUrl)],
    build: { outDir: options.outDir },
    preview: {
      port,
      strictPort: true,
      proxy: {
        '/graphql': { target, ws: true },
        '/media': { target },
        '/uploads': { target },
      },
    },
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}

/** Tells the page what the sandbox offers to try. */
function samplesOf(sandboxUrl: string): object {
  const samples = {
    video: `${sandboxUrl}/samples/two-people.mp4`,
    faces: [`${sandboxUrl}/samples/face.png`, `${sandboxUrl}/samples/face-2.png`],
  };
  return {
    name: 'samples',
    configurePreviewServer({ middlewares }: PreviewServer) {
      middlewares.use('/samples.json', (_request, response) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(samples));
      });
    },
  };
}
