import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { describeAkoolContract } from './akool.contract.ts';

describeAkoolContract({
  name: 'the sandbox',
  start: () => startSandbox({ analysisMs: 40, taskMs: 60 }),
  // The dots and the missing path slash would not survive being normalised.
  videoUrl: 'https://videos.example/a/../two-people.mp4?x=1 2',
  faceUrl: 'https://faces.example/face.png',
  clientId: 'sandbox-client-id',
  spend: true,
  pollMs: 5,
  patienceMs: 5_000,
});
