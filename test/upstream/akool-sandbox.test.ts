import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { describeAkoolContract } from './akool.contract.ts';

describeAkoolContract({
  name: 'the sandbox',
  enabled: true,
  start: () => startSandbox({ analysisMs: 40, taskMs: 60 }),
  // Neither the dots nor the space would survive being normalised.
  videoUrl: 'https://videos.example/a/../two-people.mp4?x=1 2',
  faceUrl: 'https://faces.example/face.png',
  clientId: 'sandbox-client-id',
  spend: true,
  pollMs: 5,
  patienceMs: 5_000,
});
