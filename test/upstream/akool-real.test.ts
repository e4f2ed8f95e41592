import { describeAkoolContract } from './akool.contract.ts';

/**
 * Holds the real AKOOL to the same contract as the sandbox. Needs AKOOL_CONTRACT_KEY; takes
 * AKOOL_CONTRACT_URL (default https://openapi.akool.com), AKOOL_CONTRACT_CLIENT_ID (for getToken),
 * AKOOL_CONTRACT_VIDEO_URL (a public video of 3 to 20 s with a person; an analysis may cost
 * credits), AKOOL_CONTRACT_FACE_URL, and AKOOL_CONTRACT_SPEND=true to buy one task.
 */
const {
  AKOOL_CONTRACT_KEY: apiKey = '',
  AKOOL_CONTRACT_URL: url = 'https://openapi.akool.com',
  AKOOL_CONTRACT_CLIENT_ID: clientId = null,
  AKOOL_CONTRACT_VIDEO_URL: videoUrl = null,
  AKOOL_CONTRACT_FACE_URL: faceUrl = '',
  AKOOL_CONTRACT_SPEND: spend,
} = process.env;

describeAkoolContract({
  name: 'the real AKOOL, when AKOOL_CONTRACT_KEY is set',
  enabled: apiKey !== '',
  start: async () => ({ url, apiKey, close: async () => undefined }),
  videoUrl,
  faceUrl,
  clientId,
  spend: spend === 'true' && faceUrl !== '',
  pollMs: 5_000,
  patienceMs: 3_600_000,
});
