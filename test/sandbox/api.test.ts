import { describe, expect, it } from 'vitest';
import type { SeenRequest } from '../../src/sandbox/settings.ts';
import { analyzedSandbox, customer, handClock, idOf, ownCustomer, testSandbox } from './support.ts';

const VIDEO = 'https://videos.example/two-people.mp4';

describe('credits', () => {
  it('go down once for every accepted create and for nothing else', async () => {
    const { akool, sandbox } = await analyzedSandbox(VIDEO);
    expect(await akool.create(VIDEO)).toMatchObject({ code: 1000 });
    expect(await akool.create(VIDEO, { resolution: '8k' })).toMatchObject({ code: 1003 });
    expect(await akool.quota()).toMatchObject({ code: 1000, data: { credit: 990 } });
    expect(sandbox.stats().credits).toBe(990);
  });

  it('pay for 20 concurrent creates, each a task of its own', async () => {
    const { akool, sandbox } = await analyzedSandbox(VIDEO);
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => idOf(await akool.create(VIDEO))),
    );
    expect(new Set(ids).size).toBe(20);
    expect(sandbox.stats()).toMatchObject({ credits: 800, requests: { create: 20 } });
    expect(sandbox.stats().createsByVideoUrl.get(VIDEO)).toBe(20);
    expect(
      sandbox
        .stats()
        .tasks.map((task) => task.id)
        .sort(),
    ).toEqual(ids.sort());
  });
});

describe('creating', () => {
  it('needs a completed analysis of the identical URL', async () => {
    const clock = handClock();
    const akool = ownCustomer(await testSandbox({ clock }));
    await akool.analyze('https://videos.example');
    expect(await akool.create('https://videos.example')).toMatchObject({ code: 1003 });
    clock.move(4_000);
    expect(await akool.create('https://videos.example/')).toMatchObject({ code: 1003 });
    expect(await akool.create('https://videos.example')).toMatchObject({ code: 1000 });
  });

  it.each([
    ['a person who was not found', { mappings: [{ obj_id: 2, img_url: 'https://a.example/f' }] }],
    [
      'a person twice',
      {
        mappings: [
          { obj_id: 1, img_url: 'https://a.example/f' },
          { obj_id: 1, img_url: 'https://a.example/g' },
        ],
      },
    ],
    ['a face that is no http URL', { mappings: [{ obj_id: 0, img_url: 'ftp://a.example/f' }] }],
    ['another model', { model_name: 'akool-other' }],
    ['a sound that is no boolean', { keep_original_sound: 'yes' }],
    ['a webhookUrl that is no URL', { webhookUrl: 'here' }],
    ['no resolution', { resolution: undefined }],
  ])('refuses %s with 1003', async (_, change) => {
    const { akool, sandbox } = await analyzedSandbox(VIDEO);
    expect(await akool.create(VIDEO, change)).toMatchObject({ code: 1003 });
    expect(sandbox.stats().tasks).toEqual([]);
  });

  it('refuses a body that is not JSON with 1003', async () => {
    const sandbox = await testSandbox();
    const answer = await fetch(`${sandbox.url}/api/open/v4/headswap/task/create`, {
      method: 'POST',
      headers: { 'x-api-key': sandbox.apiKey },
      body: '{"video_url":',
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ code: 1003 });
  });
});

describe('test cards over HTTP', () => {
  it.each([
    ['no-audio', 1203],
    ['too-long', 1204],
    ['too-big', 1207],
    ['unreadable', 1208],
    ['bad-codec', 1209],
    ['bad-fps', 1210],
  ])('%s refuses the analysis with %i', async (name, code) => {
    const akool = ownCustomer(await testSandbox());
    expect(await akool.analyze(`https://videos.example/${name}.mp4`)).toMatchObject({ code });
  });

  it.each([
    ['no-people', 0],
    ['holiday', 1],
    ['one-person', 1],
    ['two-people', 2],
    ['three-people', 3],
    ['five-people', 5],
  ])('%s finds %i', async (name, people) => {
    const { akool, sandbox } = await analyzedSandbox(`https://videos.example/${name}.mp4`);
    const { data } = await akool.analysis(sandbox.stats().analyses[0]?.id ?? '');
    expect(data).toMatchObject({ status: 3, analysis_result: { detected_objects: people + 1 } });
    expect(data).toHaveProperty('analysis_result.media.length', people);
  });

  it('no-credits refuses the create and makes nothing', async () => {
    const url = 'https://videos.example/no-credits.mp4';
    const { akool, sandbox } = await analyzedSandbox(url);
    expect(await akool.create(url)).toMatchObject({ code: 1104 });
    expect(sandbox.stats()).toMatchObject({ tasks: [], credits: 1000 });
  });

  it('submit-rate-limited refuses the first create only', async () => {
    const url = 'https://videos.example/submit-rate-limited.mp4';
    const { akool } = await analyzedSandbox(url);
    expect(await akool.create(url)).toMatchObject({ code: 1005 });
    expect(await akool.create(url)).toMatchObject({ code: 1000 });
  });

  it('task-fails ends with status 4, a reason and no URL, under code 1000', async () => {
    const url = 'https://videos.example/task-fails.mp4';
    const { akool, clock } = await analyzedSandbox(url);
    const id = idOf(await akool.create(url));
    clock.move(9_000);
    const answer = await akool.task(id);
    expect(answer).toMatchObject({ code: 1000, data: { status: 4, error_code: 1016 } });
    expect(answer).toMatchObject({ data: { video_url: '' } });
  });

  it('no-url-yet shows status 3 before the URL is there', async () => {
    const url = 'https://videos.example/task-no-url-yet.mp4';
    const { akool, clock, sandbox } = await analyzedSandbox(url);
    const id = idOf(await akool.create(url));
    clock.move(9_000);
    expect(await akool.task(id)).toMatchObject({ data: { status: 3, video_url: '' } });
    clock.move(3_600);
    const output = `${sandbox.url}/outputs/${id}.mp4`;
    expect(await akool.task(id)).toMatchObject({ data: { status: 3, video_url: output } });
  });

  it('lost-answer makes the task and cuts the connection', async () => {
    const url = 'https://videos.example/lost-answer.mp4';
    const { akool, sandbox } = await analyzedSandbox(url);
    await expect(akool.create(url)).rejects.toThrow('fetch failed');
    expect(sandbox.stats().createsByVideoUrl.get(url)).toBe(1);
  });

  it('late-answer makes the task at once and answers later', async () => {
    const url = 'https://videos.example/late-answer.mp4';
    const { akool, sandbox, clock } = await analyzedSandbox(url);
    let answered = false;
    const created = akool.create(url).finally(() => {
      answered = true;
    });
    while (sandbox.stats().tasks.length === 0) await new Promise(setImmediate);
    expect(await akool.quota()).toMatchObject({ data: { credit: 990 } });
    expect(answered).toBe(false);
    clock.move(15_000);
    expect(idOf(await created)).toBe(sandbox.stats().tasks[0]?.id);
  });
});

describe('accounts', () => {
  const OTHER = { apiKey: 'another-sandbox-key-of-32-bytes!', clientId: 'another-client' };

  it('see nothing of each other', async () => {
    const clock = handClock();
    const sandbox = await testSandbox({ clock, moreAccounts: [OTHER] });
    const akool = ownCustomer(sandbox);
    const other = customer(sandbox, { 'x-api-key': OTHER.apiKey });
    const analysis = idOf(await akool.analyze(VIDEO));
    clock.move(4_000);
    const task = idOf(await akool.create(VIDEO));
    expect(await other.analysis(analysis)).toMatchObject({ code: 1014 });
    expect(await other.task(task)).toMatchObject({ code: 1014 });
    expect(await other.create(VIDEO)).toMatchObject({ code: 1003 });
    expect(await other.quota()).toMatchObject({ data: { credit: 1000 } });
    expect(await akool.task(task)).toMatchObject({ code: 1000 });
  });

  it('sign in with a token until it is revoked', async () => {
    const sandbox = await testSandbox();
    const { token } = await ownCustomer(sandbox).post('/api/open/v3/getToken', {
      clientId: sandbox.clientId,
      clientSecret: sandbox.apiKey,
    });
    const bearer = customer(sandbox, { authorization: `Bearer ${String(token)}` });
    expect(await bearer.quota()).toMatchObject({ code: 1000 });
    sandbox.revokeTokens();
    expect(await bearer.quota()).toMatchObject({ code: 1101 });
  });

  it('get no token for a wrong secret', async () => {
    const sandbox = await testSandbox();
    const secrets = { clientId: sandbox.clientId, clientSecret: OTHER.apiKey };
    const answer = await ownCustomer(sandbox).post('/api/open/v3/getToken', secrets);
    expect(answer).toEqual({ code: 1101, msg: expect.any(String) });
  });

  it('must have a key that webhooks can be encrypted with', async () => {
    await expect(testSandbox({ apiKey: 'short' })).rejects.toThrow(RangeError);
  });
});

describe('watching the sandbox', () => {
  it('hands every API request to the observer as it came in', async () => {
    const seen: SeenRequest[] = [];
    const sandbox = await testSandbox({ onRequest: (request) => seen.push(request) });
    const id = idOf(await ownCustomer(sandbox).analyze(VIDEO));
    await ownCustomer(sandbox).analysis(id);
    expect(seen.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'POST /api/open/v4/headswap/analyze',
      `GET /api/open/v4/headswap/analyze/detail?_id=${id}`,
    ]);
    expect(seen[0]?.body).toBe(JSON.stringify({ video_url: VIDEO, type: 'head' }));
    expect(sandbox.stats().analyses).toMatchObject([{ id, reads: 1 }]);
  });
});
