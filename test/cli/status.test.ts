import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { freePort } from '../support/processes/free-port.ts';

afterEach(stopGateways);

const PROGRAM = fileURLToPath(new URL('../../dist/cli/status.js', import.meta.url));
const TOKEN = 'a-token-for-metrics-of-some-length';

/** Runs the built program with nothing but this environment. */
async function status(env: Record<string, string>, ...flags: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...flags], { env });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { out, err, code };
}

describe('npm run status', () => {
  it('tells people and programs how the gateway stands, with its token', async () => {
    const env = { SANDBOX: 'true', CALLER_KEYS: 'a-key-of-a-caller-of-some-length' };
    const { url } = await startGateway({ env: { ...env, METRICS_TOKEN: TOKEN } });
    const { port } = new URL(url);
    const told = await status({ PORT: port, METRICS_TOKEN: TOKEN });
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toMatch(/^ready +yes\ndegraded +nothing\nwatchers +sse 0, multipart 0/);
    expect(told.out).toMatch(/^oldest unknown +0 s$/m);
    const json = await status({ PORT: port, METRICS_TOKEN: TOKEN }, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ ready: true, store: { openWebhooks: 0 } });
    const printed = await status({ METRICS_TOKEN: TOKEN }, '--url', `${url}/graphql`);
    expect(printed).toMatchObject({ code: 0, err: '' });
    const refused = await status({ PORT: port });
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toContain('Set METRICS_TOKEN as the gateway has it');
  });

  it('says that nothing answers, and what it does not know', async () => {
    const port = String(await freePort());
    const silent = await status({ PORT: port });
    expect(silent).toMatchObject({
      code: 1,
      err: `No gateway answers at http://127.0.0.1:${port}.\n`,
    });
    const unknown = await status({}, '--nothing');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toMatch(/^Unknown option '--nothing'\n\nUsage: npm run status/);
    expect((await status({}, '--help')).out).toMatch(/^Usage: npm run status/);
  });
});
