import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

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

export default defineConfig({
  plugins: [react()],
  resolve: { alias: clientAliases, dedupe: ['graphql', '@urql/core', 'react', 'react-dom'] },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
});
