import S3rver from 's3rver';
import { newFolder } from '../processes/folder.ts';

/** An S3-compatible store on loopback. */
export interface S3Server {
  /** Its base URL. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

/** Starts one with an empty bucket. It checks signatures, and takes these credentials alone. */
export async function startS3Server(): Promise<S3Server> {
  const bucket = 'media';
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: newFolder(),
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await server.run();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    stop: () => server.close(),
  };
}
