#!/usr/bin/env bash
# @aws-sdk/s3-request-presigner 3.1169.0 with @aws-sdk/client-s3 3.1169.0: what getSignedUrl() makes of a PutObjectCommand for a file
# that somebody else is to send.
#
# The URL carries the CRC32 of no bytes at all (AAAAAA==), since there is no body when it is signed; a storage that checks it refuses
# every file. And the ContentType of the command is neither in the URL nor among the signed headers, while its ContentLength is.
# `requestChecksumCalculation: 'WHEN_REQUIRED'` takes the checksum away, and `signableHeaders` with content-type signs the type.
#
# Seen: as it comes:     checksum AAAAAA==, signed content-length;host
#       with the options: checksum none, signed content-length;content-type;host
#
# Ends with 0 when that is what it sees. Nothing is sent anywhere.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  @aws-sdk/client-s3@3.1169.0 @aws-sdk/s3-request-presigner@3.1169.0
cat > look.js <<'JS'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

async function look(name, clientOptions, signOptions) {
  const client = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'example', secretAccessKey: 'example' },
    ...clientOptions,
  });
  const command = new PutObjectCommand({
    Bucket: 'example',
    Key: 'clip.mp4',
    ContentType: 'video/mp4',
    ContentLength: 5,
  });
  const { searchParams } = new URL(await getSignedUrl(client, command, signOptions));
  const checksum = searchParams.get('x-amz-checksum-crc32') ?? 'none';
  console.log(`${name}: checksum ${checksum}, signed ${searchParams.get('X-Amz-SignedHeaders')}`);
}

await look('as it comes', {}, {});
await look(
  'with the options',
  { requestChecksumCalculation: 'WHEN_REQUIRED' },
  { signableHeaders: new Set(['content-type']) },
);
JS
node --no-warnings look.js | tee seen
diff seen - <<'SEEN'
as it comes: checksum AAAAAA==, signed content-length;host
with the options: checksum none, signed content-length;content-type;host
SEEN
