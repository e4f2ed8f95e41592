import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { CreateUploadDocument, FinishUploadDocument } from '../../client-operations/graphql.ts';
import { DemoError } from './demo-error.ts';
import { describeFailure } from './describe-failure.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { Terminal } from './terminal.ts';

/** What files are by their names; the gateway looks into them itself. */
const TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
};

/** Whether what a flag says is a file of this machine rather than a URL. */
export function isFile(source: string): boolean {
  return !/^[a-z][a-z\d+.-]*:\/\//i.test(source);
}

/**
 * Sends a file to the gateway; resolves to the URL that it has there. Throws DemoError where that
 * cannot be.
 */
export async function sendFile(
  {
    gateway,
    terminal,
    signal,
  }: {
    readonly gateway: GatewayClient;
    readonly terminal: Terminal;
    readonly signal: AbortSignal;
  },
  purpose: 'VIDEO' | 'FACE',
  file: string,
): Promise<string> {
  const contentType = TYPES[extname(file).toLowerCase()];
  if (contentType === undefined) {
    throw new DemoError(`${file} must end with one of ${Object.keys(TYPES).join(', ')}.`);
  }
  const bytes = await sizeOf(file);
  const { createUpload } = await gateway.ask(CreateUploadDocument, {
    input: { purpose, bytes, contentType },
  });
  if (createUpload.__typename !== 'Upload') throw new DemoError(describeFailure(createUpload));
  const { id, put } = createUpload;
  if (put === null) throw new DemoError('The gateway opened no place for the file.');
  await sendBytes(put, file, bytes, terminal, signal);
  const { finishUpload } = await gateway.ask(FinishUploadDocument, { id });
  if (finishUpload.__typename !== 'Upload') throw new DemoError(describeFailure(finishUpload));
  if (finishUpload.url === null) throw new DemoError(finishUpload.problem ?? 'It was not taken.');
  return finishUpload.url;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    throw new DemoError(`There is no file ${file} that can be read.`);
  }
}

interface Place {
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

async function sendBytes(
  { url, headers }: Place,
  file: string,
  bytes: number,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  async function* counted(): AsyncGenerator<Uint8Array> {
    let sent = 0;
    for await (const chunk of createReadStream(file)) {
      yield chunk;
      sent += chunk.length;
      terminal.progress('SENDING', (sent / bytes) * 100);
    }
  }
  const { statusCode, body } = await request(url, {
    method: 'PUT',
    headers: {
      ...Object.fromEntries(headers.map(({ name, value }) => [name, value])),
      // A store that presigned the size wants it said.
      'content-length': String(bytes),
    },
    body: Readable.from(counted()),
    signal,
  }).catch(() => {
    signal.throwIfAborted();
    throw new DemoError(`${file} could not be sent: the connection failed.`);
  });
  await body.dump();
  if (statusCode >= 300) throw new DemoError(`${file} could not be sent: HTTP ${statusCode}.`);
}
