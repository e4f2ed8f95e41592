// Copies one URL after another with the built gateway's own code, and prints by how much the last one raised the process's peak.
import { openFileStorage } from '../../../dist/media/storage/file-storage.js';
import { createMediaFetcher } from '../../../dist/media/fetching/media-fetcher.js';
import { findAddresses } from '../../../dist/media/fetching/guarded-connector.js';
import { copyFile } from '../../../dist/media/copying/copy-file.js';

const [folder, ...urls] = process.argv.slice(2);
const storage = await openFileStorage(folder);
const fetcher = createMediaFetcher({
  allowedOrigins: [new URL(urls[0]).origin],
  find: findAddresses,
  connectMs: 5_000,
  silentMs: 5_000,
});
let before = 0;
let outcome;
for (const [place, url] of urls.entries()) {
  before = process.resourceUsage().maxRSS;
  const parts = { fetcher, storage, mostBytes: 2 ** 40 };
  outcome = await copyFile(parts, url, `copies/${place}`, new AbortController().signal);
}
const grownKilobytes = process.resourceUsage().maxRSS - before;
process.stdout.write(JSON.stringify({ outcome, grownKilobytes }));
await fetcher.close();
