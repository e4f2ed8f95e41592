import { afterEach, beforeEach } from 'vitest';
import { newFolder, removeFolders } from './folder.ts';
import { killGateways } from '../gateway/gateway-process.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../akool/scripted-upstream.ts';

/** What every test has anew. */
export interface ProcessTest {
  readonly upstream: ScriptedUpstream;
  /** For its gateways' databases. */
  readonly folder: string;
}

/** For the head of a test file whose gateways are processes: they end with each test, and so does the rest. */
export function useProcesses(): ProcessTest {
  let upstream: ScriptedUpstream;
  let folder: string;
  beforeEach(async () => {
    upstream = await startScriptedUpstream();
    folder = newFolder();
  });
  afterEach(async () => {
    await killGateways();
    await upstream.stop();
    removeFolders();
  });
  return {
    get upstream() {
      return upstream;
    },
    get folder() {
      return folder;
    },
  };
}
