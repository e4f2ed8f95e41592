import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newAuthority } from './certificates.ts';
import { startScriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';

/** AKOOL with TLS at `localhost`, and the file in the folder that makes a gateway trust it. */
export async function startSecureUpstream(
  folder: string,
): Promise<{ upstream: ScriptedUpstream; ca: string; url: string }> {
  const authority = newAuthority('tests');
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, authority.cert);
  const upstream = await startScriptedUpstream({ tls: authority.issue('localhost') });
  return { upstream, ca, url: `https://localhost:${new URL(upstream.url).port}` };
}
