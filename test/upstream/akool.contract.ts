import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

/** An AKOOL to hold to its contract: the sandbox, or the real one. */
export interface AkoolUnderTest {
  /** Base URL without a final slash. */
  readonly url: string;
  readonly apiKey: string;
  close(): Promise<void>;
}

/** What may be asked of it. */
export interface AkoolContract {
  readonly name: string;
  /** False leaves the whole suite out. */
  readonly enabled: boolean;
  readonly start: () => Promise<AkoolUnderTest>;
  /** A public video with at least one person; null leaves out everything that needs an analysis. */
  readonly videoUrl: string | null;
  /** A public picture of a face. */
  readonly faceUrl: string;
  /** For getToken; null leaves that out. */
  readonly clientId: string | null;
  /** Whether one task may be bought. */
  readonly spend: boolean;
  /** Between two reads of a job. */
  readonly pollMs: number;
  /** How long a job may take. */
  readonly patienceMs: number;
}

const envelope = z.object({
  code: z.number(),
  msg: z.string().optional(),
  data: z.unknown().optional(),
  token: z.string().optional(),
});
const status = z.number().int();
const analysisData = z.object({
  _id: z.string().regex(/^[0-9a-f]{24}$/),
  create_time: z.number(),
  uid: z.number().int(),
  team_id: z.string(),
  video_url: z.string(),
  type: z.literal('head'),
  status,
  task_id: z.string(),
  progress: z.number().min(0).max(100),
  analysis_result: z
    .object({
      detected_objects: z.number().optional(),
      media: z.array(
        z.object({ obj_id: z.number().int(), img_url: z.string(), media_type: z.string() }),
      ),
    })
    .nullish(),
});
const createdData = z.object({
  _id: z.string().regex(/^[0-9a-f]{24}$/),
  create_time: z.number(),
  uid: z.number().int(),
  team_id: z.string(),
  video_duration: z.number(),
  task_id: z.string(),
  resolution: z.literal('480p'),
  status,
  deduction_lock_duration: z.number(),
  model_name: z.literal('akool-premium'),
  file_name: z.string(),
  video_url: z.null(),
});
const taskData = z.object({
  _id: z.string(),
  source_video_url: z.string(),
  status,
  video_duration: z.number(),
  resolution: z.literal('480p'),
  deduction_duration: z.number().optional(),
  video_url: z.string().nullish(),
  progress: z.number().min(0).max(100),
  task_id: z.string(),
  file_name: z.string(),
  model_name: z.string(),
});

const ANALYZE = '/api/open/v4/headswap/analyze';
const ANALYZE_DETAIL = '/api/open/v4/headswap/analyze/detail';
const CREATE = '/api/open/v4/headswap/task/create';
const TASK_DETAIL = '/api/open/v4/headswap/task/detail';
const QUOTA = '/api/open/v3/faceswap/quota/info';
const GET_TOKEN = '/api/open/v3/getToken';
const NOBODYS_ID = '000000000000000000000000';

/** What AKOOL's documentation promises and the gateway relies on, over plain fetch. */
export function describeAkoolContract(contract: AkoolContract): void {
  const { pollMs, patienceMs, faceUrl } = contract;

  describe.skipIf(!contract.enabled)(`AKOOL's contract: ${contract.name}`, () => {
    let akool: AkoolUnderTest;
    beforeAll(async () => {
      akool = await contract.start();
    });
    afterAll(() => akool.close());

    const own = (): Record<string, string> => ({ 'x-api-key': akool.apiKey });
    const get = async (path: string, headers = own()) => {
      return envelope.parse(await (await fetch(akool.url + path, { headers })).json());
    };
    const post = async (path: string, body: object, headers = own()) => {
      const answer = await fetch(akool.url + path, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return envelope.parse(await answer.json());
    };
    /** Reads a job until it ends; every status on the way is handed to `see`. */
    const readToEnd = async (path: string, see: (status: number) => void): Promise<unknown> => {
      for (let waited = 0; waited < patienceMs; waited += pollMs) {
        const { code, data } = await get(path);
        expect(code).toBe(1000);
        const job = z.object({ status, video_url: z.string().nullish() }).parse(data);
        see(job.status);
        if (job.status === 4 || (job.status === 3 && job.video_url)) return data;
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
      throw new Error(`not finished after ${patienceMs} ms`);
    };

    it('answers a request without a credential with 1102', async () => {
      expect(await get(QUOTA, {})).toMatchObject({ code: 1102 });
    });

    it('answers a wrong key with 1101', async () => {
      expect(await get(QUOTA, { 'x-api-key': 'nobody' })).toMatchObject({ code: 1101 });
    });

    it('lets Authorization win over a right key', async () => {
      const both = { ...own(), authorization: 'Bearer nobody' };
      expect(await get(QUOTA, both)).toMatchObject({ code: 1101 });
    });

    it('tells the balance', async () => {
      const { code, data } = await get(QUOTA);
      expect(code).toBe(1000);
      expect(z.object({ credit: z.number() }).parse(data).credit).toBeGreaterThanOrEqual(0);
    });

    it.skipIf(contract.clientId === null)('issues a token at the top level', async () => {
      const secrets = { clientId: contract.clientId, clientSecret: akool.apiKey };
      const { code, token } = await post(GET_TOKEN, secrets, {});
      expect(code).toBe(1000);
      const bearer = { authorization: `Bearer ${z.string().min(1).parse(token)}` };
      expect(await get(QUOTA, bearer)).toMatchObject({ code: 1000 });
    });

    it.each([
      ['without a video', { type: 'head' }],
      ['with a video that is no URL', { video_url: 'nonsense', type: 'head' }],
    ])('refuses an analysis %s with 1003', async (_, body) => {
      expect(await post(ANALYZE, body)).toMatchObject({ code: 1003 });
    });

    it.each([ANALYZE_DETAIL, TASK_DETAIL])('denies knowing an unknown id: %s', async (path) => {
      const { code } = await get(`${path}?_id=${NOBODYS_ID}`);
      expect([1008, 1014]).toContain(code);
    });

    describe.skipIf(contract.videoUrl === null)('an analysis', () => {
      const videoUrl = contract.videoUrl ?? '';
      let submitted: z.infer<typeof analysisData>;
      let finished: z.infer<typeof analysisData>;
      const seen: number[] = [];
      beforeAll(async () => {
        const { code, data } = await post(ANALYZE, { video_url: videoUrl, type: 'head' });
        expect(code).toBe(1000);
        submitted = analysisData.parse(data);
        const path = `${ANALYZE_DETAIL}?_id=${submitted._id}`;
        finished = analysisData.parse(await readToEnd(path, (each) => seen.push(each)));
      }, patienceMs);

      it('is answered with its id and the very same video URL, unfinished', () => {
        expect(submitted.video_url).toBe(videoUrl);
        expect([1, 2]).toContain(submitted.status);
        expect(submitted.analysis_result ?? null).toBeNull();
      });

      it('goes through the known statuses and ends with the people it found', () => {
        expect(seen.every((each) => [1, 2, 3].includes(each))).toBe(true);
        expect(finished).toMatchObject({ _id: submitted._id, status: 3, progress: 100 });
        expect(finished.video_url).toBe(videoUrl);
        expect(finished.analysis_result?.media.length).toBeGreaterThan(0);
      });

      it('cannot be read by its task_id', async () => {
        const { code } = await get(`${ANALYZE_DETAIL}?_id=${submitted.task_id}`);
        expect([1003, 1008, 1014]).toContain(code);
      });

      describe.skipIf(!contract.spend)('a task built on it', () => {
        const order = () => ({
          video_url: videoUrl,
          mappings: [{ obj_id: finished.analysis_result?.media[0]?.obj_id, img_url: faceUrl }],
          model_name: 'akool-premium',
          resolution: '480p',
        });
        const balance = async () => z.object({ credit: z.number() }).parse((await get(QUOTA)).data);

        it.each([
          ['no mapping', { mappings: [] }],
          [
            'six mappings',
            { mappings: [0, 1, 2, 3, 4, 5].map((obj_id) => ({ obj_id, img_url: faceUrl })) },
          ],
          ['an unknown resolution', { resolution: '8k' }],
          ['a video that was never analyzed', { video_url: `${videoUrl}?never-analyzed` }],
        ])('is refused with %s and costs nothing', async (_, change) => {
          const before = await balance();
          const { code } = await post(CREATE, { ...order(), ...change });
          expect(code).toBe(1003);
          expect(await balance()).toEqual(before);
        });

        it(
          'costs credits, ends with an output URL, and tells nothing of the mappings',
          async () => {
            const before = await balance();
            const { code, data } = await post(CREATE, order());
            expect(code).toBe(1000);
            const created = createdData.parse(data);
            expect((await balance()).credit).toBeLessThan(before.credit);

            const path = `${TASK_DETAIL}?_id=${created._id}`;
            const seen: number[] = [];
            const end = await readToEnd(path, (each) => seen.push(each));
            const task = taskData.parse(end);
            expect(seen.every((each) => [1, 2, 3].includes(each))).toBe(true);
            expect(task).toMatchObject({ _id: created._id, source_video_url: videoUrl, status: 3 });
            expect(task.video_url).toMatch(/^https?:\/\//);
            expect(task.task_id).toBe(created.task_id);
            expect(end).not.toHaveProperty('mappings');
            expect(end).not.toHaveProperty('webhookUrl');
          },
          patienceMs,
        );
      });
    });
  });
}
