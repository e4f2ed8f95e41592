import { describe, expect, it } from 'vitest';
import { httpBodies } from './http-bodies.ts';
import { webSocketFrames } from './web-socket-frames.ts';

/*
 * A short run of what `npm run fuzz` does for as long as one likes, with the same inputs each time.
 */
describe('whatever strangers send, the answer is one of ours', () => {
  it('over HTTP', async () => {
    await expect(httpBodies.run({ runs: 800, seed: 4711 })).resolves.toBeUndefined();
  });

  it('over WebSocket', async () => {
    await expect(webSocketFrames.run({ runs: 300, seed: 4711 })).resolves.toBeUndefined();
  });
});
