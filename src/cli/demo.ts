import { runDemo } from './demo/run-demo.ts';

/**
 * The whole story in a terminal, told by a client that knows the gateway's public face alone.
 */

runDemo(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : 'unknown reason';
    process.stderr.write(`The demo broke off: ${reason}\n`);
    process.exitCode = 1;
  },
);
