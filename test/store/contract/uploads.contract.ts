import { expect, it } from 'vitest';
import type { NewUpload, UploadStore } from '../../../src/store/media-store.ts';
import { analysis, freshTeam, made, schedule, task, type StoreHarness } from './store-harness.ts';

let uploads = 0;

/** What the store keeps about uploads. */
export function describeUploads(harness: () => StoreHarness): void {
  const store = (): UploadStore => harness().store.uploads;

  const newUpload = (team: string, changes: Partial<NewUpload> = {}): NewUpload => {
    uploads += 1;
    return {
      team,
      id: `upload-${uploads}`,
      purpose: 'VIDEO',
      bytes: 100,
      contentType: 'video/mp4',
      objectKey: `uploads/${uploads}`,
      putToken: `put-${uploads}`,
      putForMs: 60_000,
      keepMs: 60_000,
      ...changes,
    };
  };
  const FACTS = { durationSeconds: 5, width: 160, height: 90 };
  const ready = async (team: string, changes: Partial<NewUpload> = {}) => {
    const upload = newUpload(team, changes);
    await store().openUpload(upload, null);
    const url = `https://gateway.example.com/media/${upload.id}.mp4`;
    await store().settleUpload(team, upload.id, {
      state: 'READY',
      contentType: 'video/mp4',
      url,
      facts: FACTS,
    });
    return { ...upload, url };
  };

  it('opens a place, found by its id for its team and by its secret', async () => {
    const team = freshTeam();
    const upload = newUpload(team);
    const opened = await store().openUpload(upload, null);
    const { putForMs, keepMs, ...fields } = upload;
    expect(opened).toMatchObject({
      ...fields,
      state: 'AWAITING',
      url: null,
      facts: null,
      problem: null,
    });
    expect((opened?.expiresAt ?? 0) - keepMs).toBe((opened?.putUntil ?? 0) - putForMs);
    expect(await store().readUpload(team, upload.id)).toEqual(opened);
    expect(await store().readUploadByPutToken(upload.putToken)).toEqual(opened);
    expect(await store().readUpload(freshTeam(), upload.id)).toBeNull();
    expect(await store().readUploadByPutToken('another')).toBeNull();
  });

  it('is settled once', async () => {
    const team = freshTeam();
    const upload = await ready(team);
    const again = await store().settleUpload(team, upload.id, {
      state: 'REJECTED',
      problem: 'No.',
    });
    expect(again).toMatchObject({ state: 'READY', url: upload.url, facts: FACTS, problem: null });
    expect(
      await store().settleUpload(team, 'unknown', { state: 'REJECTED', problem: 'No.' }),
    ).toBeNull();
  });

  it('is found by the URL that a job is given', async () => {
    const team = freshTeam();
    const upload = await ready(team);
    expect(await store().readUploadsByUrl([upload.url, 'https://x.example/'])).toMatchObject([
      { id: upload.id },
    ]);
  });

  it('refuses what would be more than the quota, announced files counted', async () => {
    const team = freshTeam();
    expect(await store().openUpload(newUpload(team), 250)).not.toBeNull();
    expect(await store().openUpload(newUpload(team), 250)).not.toBeNull();
    expect(await store().openUpload(newUpload(team), 250)).toBeNull();
    expect(await store().readStoredBytes(team)).toBe(200);
    expect(await store().openUpload(newUpload(freshTeam()), 250)).not.toBeNull();
  });

  it('is past its time, unless a job uses it', async () => {
    const { pass, store: jobs } = harness();
    const team = freshTeam();
    const unused = await ready(team, { keepMs: 20 });
    const used = await ready(team, { keepMs: 20 });
    const lasting = await ready(team);
    const face = await ready(team, { keepMs: 20, purpose: 'FACE' });
    const bought = await ready(team, { keepMs: 20 });
    const foreign = await ready(team, { keepMs: 20 });
    const [{ request }, mappings] = [task(team, 'any'), [{ objId: 0, faceUrl: face.url }]];
    if (request === null) throw new Error('A task made here has a request.');
    await jobs.writeJobs([
      made(task(team, 'uses', { sourceVideoUrl: used.url, request: { ...request, mappings } })),
      made({ ...task(team, 'foreign', { sourceVideoUrl: foreign.url }), madeHere: false }),
      // Another team's job, whatever URL it was given.
      made(task(freshTeam(), 'uses', { sourceVideoUrl: unused.url })),
    ]);
    const submitted = analysis(team, 'submitted', { videoUrl: bought.url });
    await jobs.adoptJob({ job: submitted, schedule: schedule(), mayBeShared: true });
    await pass(40);
    const past = (await store().readExpiredUploads(1_000, 60_000)).filter(
      (one) => one.team === team,
    );
    expect(past.map(({ id }) => id).toSorted()).toEqual([foreign.id, unused.id].toSorted());
    await store().deleteUpload(team, unused.id);
    expect(await store().readUpload(team, unused.id)).toBeNull();
    for (const { id } of [used, face, bought, lasting]) {
      expect(await store().readUpload(team, id)).not.toBeNull();
    }
  });

  it('is past its time a while after the last job that used it', async () => {
    const { now, pass, store: jobs } = harness();
    const team = freshTeam();
    const upload = await ready(team, { keepMs: 20 });
    const [old, last] = [
      task(team, 'old', { sourceVideoUrl: upload.url, updatedAt: 1_000, status: 'FAILED' }),
      task(team, 'last', { sourceVideoUrl: upload.url, updatedAt: now(), status: 'FAILED' }),
    ];
    await jobs.writeJobs([made(old), made(last)]);
    await pass(40);
    const past = async (afterJobsMs: number): Promise<string[]> => {
      const expired = await store().readExpiredUploads(1_000, afterJobsMs);
      return expired.filter((one) => one.team === team).map(({ id }) => id);
    };
    expect(await past(100)).toEqual([]);
    await pass(200);
    expect(await past(100)).toEqual([upload.id]);
  });

  it('has a URL by which jobs are seen to use it', async () => {
    const team = freshTeam();
    const { id } = newUpload(team);
    const url = 'https://gateway.example.com/elsewhere/video.mp4';
    await expect(
      store().settleUpload(team, id, {
        state: 'READY',
        contentType: 'video/mp4',
        url,
        facts: FACTS,
      }),
    ).rejects.toThrow(TypeError);
  });

  it('keeps a secret that was made first', async () => {
    const name = `secret-${freshTeam()}`;
    expect(await store().keepSecret(name, 'first')).toBe('first');
    expect(await store().keepSecret(name, 'second')).toBe('first');
  });
}
