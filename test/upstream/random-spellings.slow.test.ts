import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answer, type ScriptedAnswer } from '../support/akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { createTask, submitAnalysis, taskInput } from '../support/gateway/stories.ts';
import { buy, readyAnalysis, resultOf, submit, VIDEO } from '../support/purchases/buying.ts';
import { until } from '../support/processes/until.ts';

/**
 * AKOOL's answers in random spellings: numbers as strings, fields that are extra, missing, null or
 * odd, in any order.
 */

const RUNS = 20;

let upstream: ScriptedUpstream;
let gateway: Gateway;
let analysis: string;

beforeAll(async () => {
  ({ upstream, gateway } = await startWithUpstream());
  analysis = await readyAnalysis(gateway, upstream);
});
afterAll(stopGateways);

type Fields = Readonly<Record<string, unknown>>;

/** A number that means `value`. */
const spelled = (value: number): fc.Arbitrary<unknown> =>
  fc.constantFrom<unknown>(value, String(value), `${value}.0`, `${value}e0`);

/** What a field may be that says nothing; undefined: it is missing. */
const odd = fc.constantFrom<unknown>(undefined, null, '', ' ', 'odd', -1, '0x3', true, [], {}, [
  null,
]);

/** Fields that nobody knows. */
const extra = fc.dictionary(
  fc.stringMatching(/^x_[a-z]{1,6}$/),
  fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), odd),
  { maxKeys: 4 },
);

/** The same fields in any order, with others between them. */
function shuffled(fields: fc.Arbitrary<Fields>): fc.Arbitrary<Fields> {
  return fc.tuple(fields, extra).chain(([known, more]) =>
    fc
      .shuffledSubarray(Object.entries({ ...more, ...known }), {
        minLength: Object.keys({ ...more, ...known }).length,
      })
      .map((entries) => Object.fromEntries(entries)),
  );
}

const enveloped = (code: number, data: fc.Arbitrary<unknown>): fc.Arbitrary<Fields> =>
  shuffled(fc.record({ code: spelled(code), msg: fc.oneof(fc.string(), odd), data }));

/** What a job may say beside what proves its end. */
const besides = {
  uid: fc.oneof(spelled(101400), odd),
  team_id: odd,
  create_time: fc.oneof(spelled(1_778_806_019_014), fc.constant('2026-05-15T00:46:59.014Z'), odd),
  progress: fc.oneof(spelled(100), spelled(41), odd),
  task_id: fc.oneof(fc.constant('6a066d022872921bde86b72f'), odd),
  error_reason: fc.oneof(fc.constant('success'), odd),
  error_code: fc.oneof(spelled(0), odd),
};

const doneTask = (id: string): fc.Arbitrary<Fields> =>
  enveloped(
    1000,
    shuffled(
      fc.record({
        _id: fc.constant(id),
        status: spelled(3),
        video_url: fc.constantFrom(
          'https://a.b/o.mp4',
          ' https://a.b/o.mp4',
          'https://a.b/o.mp4\n',
        ),
        video_duration: fc.oneof(spelled(10), odd),
        resolution: fc.oneof(fc.constant('720p'), odd),
        source_video_url: odd,
        model_name: odd,
        file_name: odd,
        deduction_duration: fc.oneof(spelled(15), odd),
        ...besides,
      }),
    ),
  );

const failedTask = (id: string): fc.Arbitrary<Fields> =>
  enveloped(
    1000,
    shuffled(fc.record({ _id: fc.constant(id), status: spelled(4), video_url: odd, ...besides })),
  );

const doneAnalysis = (id: string): fc.Arbitrary<Fields> => {
  const person = (objId: number): fc.Arbitrary<Fields> =>
    shuffled(fc.record({ obj_id: spelled(objId), img_url: odd, media_type: odd }));
  const result = fc.record({
    media: fc.oneof(fc.constant([]), fc.tuple(person(0)), fc.tuple(person(1), person(0))),
    detected_objects: fc.oneof(spelled(3), odd),
    video_info: fc.oneof(fc.record({ fps: spelled(30), frame_count: spelled(450) }), odd),
  });
  const data = fc.record({
    _id: fc.constant(id),
    status: spelled(3),
    analysis_result: shuffled(result),
    video_url: odd,
    ...besides,
  });
  return enveloped(1000, shuffled(data));
};

const saying = (body: Fields): ScriptedAnswer => answer(JSON.stringify(body));

const readsOf = (id: string): number =>
  upstream.requests.filter(({ method, path }) => method === 'GET' && path.includes(id)).length;

/**
 * How often a job is read from AKOOL until it has ended, while all reads are answered with `body`.
 */
async function readsUntilEnded(
  endpoint: 'task' | 'analysis',
  id: string,
  body: Fields,
): Promise<{ reads: number; status: string }> {
  const field = endpoint === 'task' ? 'headSwapTask' : 'analysis';
  upstream.always(endpoint, saying(body));
  const before = readsOf(id);
  let status = '';
  await until(async () => {
    const { data } = await gateway.ask(`query($id: ID!) { ${field}(id: $id) { status } }`, { id });
    status = data[field].status;
    // One that does not end would be read for ever.
    return ['COMPLETED', 'FAILED'].includes(status) || readsOf(id) > before + 10;
  });
  upstream.always(endpoint, null);
  return { reads: readsOf(id) - before, status };
}

it.each([
  ['a finished task is COMPLETED', 'task', doneTask, 'COMPLETED'],
  ['a failed task is FAILED', 'task', failedTask, 'FAILED'],
  ['a finished analysis is COMPLETED', 'analysis', doneAnalysis, 'COMPLETED'],
] as const)('%s within two polls, however it is spelled', async (_name, endpoint, told, ended) => {
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (generate) => {
      const id =
        endpoint === 'task' ? await createTask(gateway, analysis) : await submitAnalysis(gateway);
      const body = generate(told, id);
      const { reads, status } = await readsUntilEnded(endpoint, id, body);
      expect([status, reads <= 2]).toEqual([ended, true]);
    }),
    { numRuns: RUNS },
  );
});

it('a create that AKOOL accepted is the task, however it is spelled, and holds no key', async () => {
  const accepted = (id: string) =>
    enveloped(
      1000,
      shuffled(
        fc.record({
          _id: fc.constant(id),
          status: fc.oneof(spelled(1), spelled(2), odd),
          video_url: fc.oneof(fc.constant('https://a.b/early.mp4'), odd),
          deduction_lock_duration: fc.oneof(spelled(100), odd),
          ...besides,
        }),
      ),
    );
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), fc.boolean(), async (generate, isTask) => {
      made += 1;
      const id = `cafe066d0362${made.toString(16).padStart(12, '0')}`;
      upstream.next(isTask ? 'createTask' : 'analyze', saying(generate(accepted, id)));
      const input = taskInput(analysis);
      const { idempotencyKey } = input;
      const outcome = isTask
        ? await buy(gateway, input)
        : await submit(gateway, { videoUrl: VIDEO, idempotencyKey });
      expect(outcome).toMatchObject({ __typename: isTask ? 'HeadSwapTask' : 'Analysis', id });
    }),
    { numRuns: 2 * RUNS },
  );
});

const REFUSALS = [
  1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1014, 1015, 1016, 1102, 1103, 1104, 1200,
  1203, 1204, 1207, 1208, 1209, 1210, 1213, 1221, 1222,
];

it('no key is held that AKOOL refused in words, however they are spelled', async () => {
  const refused = fc
    .constantFrom(...REFUSALS)
    .chain((code) =>
      enveloped(code, fc.constantFrom<unknown>(undefined, null, {}, [], '', 'x', 0)),
    );
  const status = fc.constantFrom(200, 201, 400, 401, 402, 403, 404, 409, 422);
  await fc.assert(
    fc.asyncProperty(refused, status, fc.boolean(), async (body, http, isTask) => {
      const input = taskInput(analysis);
      const { idempotencyKey } = input;
      const endpoint = isTask ? 'createTask' : 'analyze';
      upstream.next(endpoint, answer(JSON.stringify(body), http));
      const order = () =>
        isTask ? buy(gateway, input) : submit(gateway, { videoUrl: VIDEO, idempotencyKey });
      expect((await order()).__typename).toMatch(/^(AkoolRejected|Billing|AkoolUnavailable)Error$/);
      expect(isTask ? await resultOf(gateway, idempotencyKey) : null).toBeNull();
      // A key that nothing holds buys at once.
      const bought = upstream.requestsTo(endpoint).length;
      expect((await order()).__typename).toBe(isTask ? 'HeadSwapTask' : 'Analysis');
      expect(upstream.requestsTo(endpoint)).toHaveLength(bought + 1);
    }),
    { numRuns: 2 * RUNS },
  );
});
