import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { readAccept } from '../../src/server/accept.ts';
import { credentialsOfPayload } from '../../src/auth/credentials.ts';
import { stopOnSignals } from '../../src/app/lifecycle.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import { createLogger, type LogLevel } from '../../src/log/logger.ts';
import { isLoopbackHost } from '../../src/server/http/origins.ts';
import { createTeamQuota } from '../../src/server/load/team-quota.ts';

describe('readAccept', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/graphql-response+json', 'application/graphql-response+json'],
    [
      'application/graphql-response+json, application/json;q=0.9',
      'application/graphql-response+json',
    ],
    [
      'application/json;q=0.1, application/graphql-response+json;q=0.2',
      'application/graphql-response+json',
    ],
    ['application/json;q=0, */*;q=0', null],
    ['Application/JSON; charset=utf-8', 'application/json'],
    ['text/plain', null],
    ['', null],
  ])('%j means %j', (header, json) => {
    expect(readAccept(header).json).toBe(json);
  });

  it('sees streams and pages only by name', () => {
    expect(readAccept('*/*')).toMatchObject({ stream: null, page: false });
    expect(readAccept('text/event-stream').stream).toBe('text/event-stream');
    expect(readAccept('text/html,application/xhtml+xml,*/*;q=0.8').page).toBe(true);
    expect(readAccept('text/html;q=0').page).toBe(false);
  });
});

describe('isLoopbackHost', () => {
  it.each(['localhost', 'LOCALHOST:4000', '127.0.0.1', '127.255.3.4:80', '[::1]', '[::1]:4000'])(
    'knows %s',
    (host) => expect(isLoopbackHost(host)).toBe(true),
  );
  it.each([
    undefined,
    '',
    'localhost.',
    'xlocalhost',
    'localhost@evil',
    '127.0.0.1.evil',
    '128.0.0.1',
    '::1',
    '[::2]',
    'localhost:99999999',
    'localhost evil',
  ])('does not take %s for it', (host) => expect(isLoopbackHost(host)).toBe(false));
});

describe('credentialsOfPayload', () => {
  it('reads the names in any case, and strings only', () => {
    expect(credentialsOfPayload({ AUTHORIZATION: 'Bearer x', 'X-Api-Key': 'y' })).toEqual({
      authorization: 'Bearer x',
      apiKey: 'y',
    });
    for (const payload of [undefined, null, 'x', [], { authorization: 1, 'x-api-key': {} }]) {
      expect(credentialsOfPayload(payload)).toEqual({});
    }
  });
});

describe('createTeamQuota', () => {
  it('counts each team by itself, and forgets nobody else when one gives back', () => {
    const places = createTeamQuota(2);
    expect([places.take('a'), places.take('a'), places.take('a')]).toEqual([true, true, false]);
    expect(places.take('b')).toBe(true);
    places.giveBack('a');
    expect([places.take('a'), places.take('a')]).toEqual([true, false]);
    places.giveBack('a', 2);
    expect([places.take('a'), places.take('a'), places.take('a')]).toEqual([true, true, false]);
  });
});

describe('createLogger', () => {
  const logged = async (secrets: string[], readable: boolean, level: LogLevel = 'debug') => {
    const lines: string[] = [];
    const log = await createLogger({
      level,
      secrets,
      readable,
      destination: { write: (line) => lines.push(line) },
    });
    return { log, text: () => lines.join('') };
  };

  it.each([true, false])(
    'keeps every secret out of every line (readable: %s)',
    async (readable) => {
      const secret = 'sh"h/ä-canary';
      const { log, text } = await logged([secret, ''], readable);
      log.info({ deep: { list: [{ text: `before ${secret} after` }] } }, `message ${secret}`);
      log.error({ error: new Error(`failed ${secret}`, { cause: new Error(secret) }) }, 'x');
      log.warn({ url: `http://a/?k=${encodeURIComponent(secret)}`, [secret]: 1 }, 'x');
      expect(text()).toContain('before [hidden] after');
      expect(text()).not.toMatch(/canary/);
    },
  );

  it('hides what stands under a telling name, and no more', async () => {
    const { log, text } = await logged([], false);
    const fields = {
      headers: { Authorization: 'a-canary', 'x-api-key': 'b-canary', 'set-cookie': ['c-canary'] },
      apiKey: 'd-canary',
      accessToken: 'e-canary',
      clientSecret: 'f-canary',
      idempotencyKey: 'kept-1',
      tokens: 7,
      keyboard: 'kept-2',
    };
    log.info(fields, 'x');
    expect(text()).not.toContain('canary');
    expect(JSON.parse(text())).toMatchObject({
      idempotencyKey: 'kept-1',
      keyboard: 'kept-2',
      tokens: 7,
      level: 'info',
      msg: 'x',
    });
  });

  it('writes an error with the places of its stack and nothing else of it, and survives circles and big integers', async () => {
    const { log, text } = await logged(['canary'], false);
    const circle: Record<string, unknown> = { big: 5n };
    circle['self'] = circle;
    const error = Object.assign(new Error('why canary\n    and why'), { code: 'E_X', body: 'raw' });
    log.error({ error, circle }, 'x');
    const { stack, ...told } = JSON.parse(text()).error;
    expect(told).toEqual({ name: 'Error', message: 'why [hidden]\n    and why', code: 'E_X' });
    expect(stack[0]).toContain('parts.test.ts');
    expect(stack.every((line: string) => line.startsWith('at '))).toBe(true);
    expect(JSON.parse(text()).circle.big).toBe('5');
  });

  it('leaves out what is below its level', async () => {
    const { log, text } = await logged([], false, 'warn');
    log.info({}, 'quiet');
    log.warn({}, 'loud');
    expect(text()).not.toContain('quiet');
    expect(text()).toContain('loud');
  });
});

describe('stopOnSignals', () => {
  const setUp = (stop: () => Promise<void>) => {
    const codes: number[] = [];
    const process = Object.assign(new EventEmitter(), { exit: (code: number) => codes.push(code) });
    const { log } = { log: { debug() {}, info() {}, warn() {}, error() {} } };
    const clock = createManualClock();
    const press = (signal: string) => process.emit(signal, signal);
    return { codes, process, clock, press, unwire: stopOnSignals({ process, stop, clock, log }) };
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it.each(['SIGTERM', 'SIGINT'])('stops once on %s and exits with 0', async (signal) => {
    let stops = 0;
    const { codes, press } = setUp(async () => {
      stops += 1;
    });
    press(signal);
    await settle();
    expect([stops, codes]).toEqual([1, [0]]);
  });

  it('exits at once on a second signal of either kind', async () => {
    const { codes, press } = setUp(() => new Promise(() => {}));
    press('SIGTERM');
    expect(codes).toEqual([]);
    press('SIGINT');
    expect(codes).toEqual([1]);
  });

  it.each(['SIGTERM', 'SIGINT'])(
    'takes a %s that npm hands on for the same one, and a later one for a second',
    async (signal) => {
      const { codes, clock, press } = setUp(() => new Promise(() => {}));
      press(signal);
      press(signal);
      await clock.advance(1_999);
      press(signal);
      expect(codes).toEqual([]);
      await clock.advance(1);
      press(signal);
      expect(codes).toEqual([1]);
    },
  );

  it('exits with 1 when stopping fails', async () => {
    const { codes, press } = setUp(async () => {
      throw new Error('stuck');
    });
    press('SIGTERM');
    await settle();
    expect(codes).toEqual([1]);
  });

  it('listens no more when unwired', () => {
    const { process, unwire } = setUp(async () => {});
    unwire();
    expect(process.eventNames()).toEqual([]);
  });
});
