import { describe, expect, test } from 'vitest';
import { createTextCleaner } from '../../src/upstream/redact.ts';
import { toAnalysis, toTask } from '../../src/upstream/shapes/translate.ts';

const text = createTextCleaner(['a-secret-of-24-characters']);
const analysis = (fields: object) => toAnalysis({ _id: 'a', ...fields }, text);
const task = (fields: object) => toTask({ _id: 't', ...fields }, text);
const personsOf = (media: unknown) => analysis({ analysis_result: { media } })?.persons;

describe('the examples of the upstream contract', () => {
  test('a finished analysis', () => {
    const data = {
      _id: '6a066d03625746c797390f55',
      create_time: 1778806019014,
      uid: 101400,
      team_id: '6805fb69e92d9edc7ca0b409',
      video_url: 'https://example.com/videos/source.mp4',
      type: 'head',
      status: 3,
      task_id: '6a066d022872921bde86b72f',
      analysis_result: {
        detected_objects: 3,
        media: [
          {
            media_type: 'images',
            obj_id: 0,
            img_url: 'https://example.com/previews/subject_0.png',
          },
        ],
        video_info: { width: 1916, height: 1082, fps: 30, frame_count: 450 },
      },
      progress: 100,
      error_reason: 'success',
      error_code: 0,
    };
    expect(toAnalysis(data, text)).toEqual({
      kind: 'ANALYSIS',
      id: '6a066d03625746c797390f55',
      status: 'COMPLETED',
      progress: 100,
      failure: {},
      createdAt: 1778806019014,
      supportId: '6a066d022872921bde86b72f',
      videoUrl: 'https://example.com/videos/source.mp4',
      urlProblem: null,
      persons: [{ objId: 0, previewUrl: 'https://example.com/previews/subject_0.png' }],
      video: { width: 1916, height: 1082, fps: 30, frameCount: 450 },
    });
  });

  test('a finished task', () => {
    const data = {
      _id: '6a066dc58570ecbf64f761a5',
      uid: 101400,
      team_id: '6805fb69e92d9edc7ca0b409',
      source_video_url: 'https://example.com/videos/source.mp4',
      create_time: 1778806213962,
      status: 3,
      video_duration: 10,
      resolution: '720p',
      deduction_duration: 15,
      video_url: 'https://example.com/output/result.mp4',
      progress: 100,
      priority: 9,
      task_id: '6a066dc52872921bde86b745',
      file_name: 'Headswap_1778806213962.mp4',
      model_name: 'akool-premium',
    };
    expect(toTask(data, text)).toEqual({
      kind: 'HEAD_SWAP_TASK',
      id: '6a066dc58570ecbf64f761a5',
      status: 'COMPLETED',
      progress: 100,
      failure: {},
      createdAt: 1778806213962,
      supportId: '6a066dc52872921bde86b745',
      sourceVideoUrl: 'https://example.com/videos/source.mp4',
      urlProblem: null,
      outputUrl: 'https://example.com/output/result.mp4',
      durationSeconds: 10,
      resolution: 'P720',
      modelName: 'akool-premium',
      fileName: 'Headswap_1778806213962.mp4',
      deductionLockDuration: null,
      deductionDuration: 15,
    });
  });
});

describe('job fields', () => {
  test.each([
    [1, 'QUEUED'],
    [2, 'PROCESSING'],
    [3, 'COMPLETED'],
    [4, 'FAILED'],
    [0, null],
    [5, null],
    [99, null],
    [null, null],
    [undefined, null],
  ])('status %j is %s', (status, expected) => {
    expect(task({ status })?.status).toBe(expected);
    expect(analysis({ status })?.status).toBe(expected);
  });

  test.each([
    [0, 0],
    [41.5, 41.5],
    [-3, 0],
    [250, 100],
    [null, null],
  ])('progress %j is %j', (progress, expected) => {
    expect(task({ progress })?.progress).toBe(expected);
  });

  test.each([Infinity, -1, 1.5, 9e15, '-1', '2026-05-15', 'yesterday', null])(
    'create_time %j is none',
    (create_time) => {
      expect(task({ create_time })?.createdAt).toBeNull();
    },
  );

  test('a failure carries what AKOOL said of it, and nothing when that means success', () => {
    expect(task({ error_reason: 'no face', error_code: 1016 })?.failure).toEqual({
      reason: 'no face',
      code: 1016,
    });
    expect(task({ error_reason: 'SUCCESS', error_code: 0 })?.failure).toEqual({});
    expect(task({ error_reason: ' \n', error_code: 2 ** 31 })?.failure).toEqual({});
    expect(task({ error_reason: { a: 1 }, error_code: '0' })?.failure).toEqual({});
  });

  test.each([null, undefined, [], 'x', 7, {}, { _id: 5 }, { _id: '' }, { _id: '\uD800' }])(
    '%j is no job',
    (data) => {
      expect(toTask(data, text)).toBeNull();
      expect(toAnalysis(data, text)).toBeNull();
    },
  );
});

describe('persons', () => {
  test('are null while AKOOL gives no list, and empty when it gives an empty one', () => {
    expect(analysis({})?.persons).toBeNull();
    expect(analysis({ analysis_result: null })?.persons).toBeNull();
    expect(analysis({ analysis_result: [] })?.persons).toBeNull();
    expect(personsOf(undefined)).toBeNull();
    expect(personsOf(null)).toBeNull();
    expect(personsOf({ 0: {} })).toBeNull();
    expect(personsOf([])).toEqual([]);
  });

  test('come by objId, each once', () => {
    const url = 'https://a.b/c.png';
    const media = [
      { obj_id: 10, img_url: url },
      { obj_id: '2', img_url: 'ftp://a.b/c.png' },
      { obj_id: '10', img_url: 'https://a.b/again.png' },
      { obj_id: 0 },
    ];
    expect(personsOf(media)).toEqual([
      { objId: 0, previewUrl: null },
      { objId: 2, previewUrl: null },
      { objId: 10, previewUrl: url },
    ]);
  });

  test.each([
    { obj_id: -1 },
    { obj_id: 1.5 },
    { obj_id: '3 ' },
    { obj_id: '' },
    { obj_id: null },
    { obj_id: 2 ** 31 },
    { img_url: 'https://a.b/c.png' },
    null,
    'x',
  ])('a list with an entry such as %j says nothing: it is not all of it', (entry) => {
    expect(personsOf([{ obj_id: 0 }, entry])).toBeNull();
    expect(personsOf([entry])).toBeNull();
  });
});

test('video figures that are none are null, and a video without any is', () => {
  const videoOf = (video_info: unknown) => analysis({ analysis_result: { video_info } })?.video;
  expect(videoOf({ width: 0, height: '1px', fps: 0, frame_count: 0 })).toEqual({
    width: null,
    height: null,
    fps: null,
    frameCount: 0,
  });
  expect(videoOf({ width: 1.5, fps: -1 })).toBeNull();
  expect(videoOf([])).toBeNull();
  expect(videoOf(null)).toBeNull();
});

describe('urls', () => {
  test.each([
    'http://127.0.0.1:4100/out.mp4?sig=%zz#x',
    'HTTPS://EXAMPLE.com',
    'https://example.com/ü/a b.mp4',
  ])('%s stays as it is', (url) => {
    expect(task({ video_url: url })?.outputUrl).toBe(url);
  });

  test.each([
    '',
    'javascript:alert(1)',
    'ftp://a.b/c',
    '//a.b/c',
    'https://',
    ' ',
    'https://a.b/\nc',
    'https://a.b/\uD800',
    `https://a.b/${'c'.repeat(8_192)}`,
    'https://a.b/?k=a-secret-of-24-characters',
    7,
    null,
  ])('%j is none', (url) => {
    expect(task({ video_url: url })?.outputUrl).toBeNull();
    expect(personsOf([{ obj_id: 0, img_url: url }])).toEqual([{ objId: 0, previewUrl: null }]);
  });
});

test('a resolution that is not listed is none', () => {
  expect(task({ resolution: '480p' })?.resolution).toBe('P480');
  expect(task({ resolution: ' 720P' })?.resolution).toBe('P720');
  expect(task({ resolution: '1080p' })?.resolution).toBeNull();
});
