import { describe, expect, it } from 'vitest';
import { analyzedSandbox, idOf, ownCustomer, testSandbox } from './support.ts';

/** Every number in a JSON value, with the path to it. */
function numbersIn(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => numbersIn(each, `${path}/${name}`));
}

/** The answers to a story of this card: analyze, its detail, create, the task under way, its end. */
async function story(card: string) {
  const videoUrl = `https://videos.example/${card}.mp4`;
  const { akool, clock, analysis } = await analyzedSandbox(videoUrl);
  const analyzed = await akool.analysis(idOf(analysis));
  const created = await akool.create(videoUrl);
  clock.move(4_000);
  const underway = await akool.task(idOf(created));
  clock.move(60_000);
  return { analysis, analyzed, created, underway, ended: await akool.task(idOf(created)) };
}

describe('numbers-as-strings', () => {
  it('spells every number of every answer as a string', async () => {
    const usual = await story('two-people');
    const spelled = await story('two-people-numbers-as-strings');
    expect(numbersIn(usual).length).toBeGreaterThan(40);
    expect(numbersIn(spelled)).toEqual([]);
    expect(spelled).toMatchObject({
      analysis: { code: '1000', data: { status: '1', progress: '0' } },
      analyzed: {
        data: {
          status: '3',
          error_code: '0',
          analysis_result: {
            detected_objects: '3',
            media: [{ obj_id: '0' }, { obj_id: '1' }],
            video_info: { fps: '30', frame_count: '120' },
          },
        },
      },
      created: { code: '1000', data: { create_time: expect.stringMatching(/^\d{13}$/) } },
      ended: { data: { status: '3', progress: '100', deduction_duration: '15' } },
    });
  });

  it('spells a refusal so, too', async () => {
    const akool = ownCustomer(await testSandbox());
    const answer = await akool.analyze('https://videos.example/numbers-as-strings-too-long.mp4');
    expect(answer).toMatchObject({ code: '1204' });
  });

  it('can be chosen for everything, the balance included', async () => {
    const akool = ownCustomer(await testSandbox({ numbersAsStrings: true }));
    expect(await akool.quota()).toMatchObject({ code: '1000', data: { credit: '1000' } });
    expect(await akool.analyze('https://videos.example/a.mp4')).toMatchObject({ code: '1000' });
  });
});

describe('other spellings', () => {
  it('obj-ids-as-strings: those alone', async () => {
    const { analyzed } = await story('two-people-obj-ids-as-strings');
    expect(analyzed).toMatchObject({
      data: { status: 3, analysis_result: { media: [{ obj_id: '0' }, { obj_id: '1' }] } },
    });
  });

  it('iso-time: create_time is ISO text in every answer', async () => {
    const answers = Object.values(await story('iso-time'));
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
    for (const answer of answers) expect(answer).toMatchObject({ data: { create_time: iso } });
  });

  it('garbled-person: an entry that cannot be read beside those who can', async () => {
    const { analyzed } = await story('two-people-garbled-person');
    expect(analyzed).toMatchObject({
      data: {
        analysis_result: { media: [{ obj_id: 0 }, { obj_id: 1 }, { obj_id: null, img_url: null }] },
      },
    });
  });

  it.each([
    ['reason-in-alg-msg', 'alg_msg'],
    ['reason-in-error-msg', 'error_msg'],
    ['reason-in-error-message', 'error_message'],
    ['reason-in-fail-reason', 'fail_reason'],
  ])('%s: the reason is in %s and nowhere else', async (card, field) => {
    const { ended } = await story(`task-${card}`);
    expect(ended).toMatchObject({ code: 1000, data: { status: 4, video_url: '' } });
    expect(ended).toHaveProperty(['data', field], 'generate temp file error');
    expect(JSON.stringify(ended).split('generate temp file error')).toHaveLength(2);
    expect(ended).not.toHaveProperty('data.error_code');
  });

  it('reason-in-alg-msg: analyses, too', async () => {
    const { akool, analysis } = await analyzedSandbox('https://v.example/reason-in-alg-msg.mp4');
    expect(await akool.analysis(idOf(analysis))).toMatchObject({
      data: { status: 4, error_reason: 'success', alg_msg: 'generate temp file error' },
    });
  });
});

describe('the length of the video', () => {
  it.each([
    ['one-second', 1],
    ['twelve-seconds', 12],
    ['forty-seconds', 40],
  ])('%s: told by the analysis and by the task', async (card, seconds) => {
    const { analyzed, created, ended } = await story(card);
    expect(analyzed).toMatchObject({
      data: { analysis_result: { video_info: { fps: 30, frame_count: 30 * seconds } } },
    });
    expect(created).toMatchObject({ data: { video_duration: seconds } });
    expect(ended).toMatchObject({ data: { video_duration: seconds, status: 3 } });
  });

  it('unknown-length: not told by the analysis', async () => {
    const { analyzed, ended } = await story('unknown-length');
    expect(analyzed).toHaveProperty('data.analysis_result.media');
    expect(analyzed).not.toHaveProperty('data.analysis_result.video_info');
    expect(ended).toMatchObject({ data: { status: 3 } });
  });
});
