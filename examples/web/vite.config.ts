import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const client = new URL('../../packages/client/', import.meta.url);
const { exports }: { exports: Record<string, string> } = JSON.parse(
  readFileSync(new URL('package.json', client), 'utf8'),
);

/** The client package by the names that its users import, from its source. */
const clientAliases = Object.entries(exports)
  .filter(([, built]) => built.endsWith('.js'))
  .map(([entry, built]) => ({
    find: `head-swap-client${entry.slice(1)}`,
    replacement: fileURLToPath(
      new URL(built.replace('/dist/', '/src/').replace(/\.js$/, '.ts'), client),
    ),
  }));

const gateway = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:4000';
const proxy = {
  // The gateway sees the app's own host and origin, so that to it this is one site.
  '/graphql': { target: gateway, ws: true, changeOrigin: false },
  '/media': { target: gateway, changeOrigin: false },
  '/uploads': { target: gateway, changeOrigin: false },
};

/** Tells the page what the sandbox offers to try, where there is one. */
const samples: Plugin = {
  name: 'samples',
  configurePreviewServer({ middlewares }) {
    const base = process.env['SAMPLES_URL'];
    if (base === undefined) return;
    middlewares.use('/samples.json', (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          video: `${base}/samples/two-people.mp4`,
          faces: [`${base}/samples/face.png`, `${base}/samples/face-2.png`],
        }),
      );
    });
  },
};

export default defineConfig({
  plugins: [react(), samples],
  resolve: { alias: clientAliases, dedupe: ['graphql', '@urql/core', 'react', 'react-dom'] },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
});
