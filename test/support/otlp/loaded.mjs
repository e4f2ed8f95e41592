import { createRequire } from 'node:module';

/* Preloaded into a program: tells at its end what it has loaded of OpenTelemetry, beside the API that others bring. */
const { cache } = createRequire(import.meta.url);
process.once('exit', () => {
  const found = Object.keys(cache).filter((file) => file.includes('/node_modules/@opentelemetry/'));
  const packages = new Set(found.map((file) => file.split('/@opentelemetry/')[1]?.split('/')[0]));
  packages.delete('api');
  process.stdout.write(`\nloaded of OpenTelemetry: ${[...packages].join(' ') || 'nothing'}\n`);
});
