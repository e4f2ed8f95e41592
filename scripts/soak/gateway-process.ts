import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openInspector, type Inspector } from './inspector.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const LISTENS = /"url":"(http:[^"]+)\/graphql"/;
const INSPECTS = /Debugger listening on (ws:\/\/\S+)/;

/** The gateway as it is shipped, with Node's inspector on loopback. */
export interface SoakedGateway {
  readonly url: string;
  readonly pid: number;
  readonly inspector: Inspector;
  /** Lines of its log that are warnings or worse, so far. */
  readonly complaints: readonly string[];
  /** Ends it; resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** Starts it; rejects with what it wrote when it ends before it listens. */
export async function startSoakedGateway(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<SoakedGateway> {
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', PROGRAM], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const complaints: string[] = [];
  let output = '';
  const [url, inspectorUrl] = await new Promise<[string, string]>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      const text = String(chunk);
      for (const line of text.split('\n')) {
        if (/"level":"?(?:[456]0|warn|error|fatal)/.test(line)) complaints.push(line);
      }
      if (output.length > 20_000) return;
      output += text;
      const [listens, inspects] = [LISTENS.exec(output)?.[1], INSPECTS.exec(output)?.[1]];
      if (listens !== undefined && inspects !== undefined) resolve([listens, inspects]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void ended.then(() => reject(new Error(`The gateway ended: ${output}`)));
  });
  const inspector = await openInspector(inspectorUrl);
  return {
    url,
    pid: child.pid ?? 0,
    inspector,
    complaints,
    async stop() {
      // It stays for as long as somebody looks into it.
      inspector.close();
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
  };
}
