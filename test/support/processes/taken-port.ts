import { once } from 'node:events';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A port of loopback that is taken until the test ends. */
export async function takenPort(): Promise<string> {
  const squatter = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void squatter.close());
  await once(squatter, 'listening');
  const address = squatter.address();
  return typeof address === 'object' ? String(address?.port) : '';
}
