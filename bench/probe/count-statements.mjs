import { writeFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { threadId } from 'node:worker_threads';

/**
 * Loaded before a gateway with `node --import`: counts the statements that it gives to its store's drivers, and writes the count of
 * each thread to $STATEMENTS_FILE.<thread> when it has grown.
 */

const WRITE_MS = 100;

const counter = { statements: 0, written: -1 };
globalThis[Symbol.for('bench.countStatement')] = () => {
  counter.statements += 1;
};

// Hooks make each import dearer, so only where they are needed.
if (!process.env.DATABASE_URL) register(new URL('counted-sqlite-hooks.mjs', import.meta.url));

const { Client } = createRequire(process.argv[1])('pg');
const { query } = Client.prototype;
Client.prototype.query = function countedQuery(...args) {
  counter.statements += 1;
  return query.apply(this, args);
};

setInterval(() => {
  if (counter.written === counter.statements) return;
  counter.written = counter.statements;
  writeFileSync(`${process.env.STATEMENTS_FILE}.${threadId}`, String(counter.statements));
}, WRITE_MS).unref();
