import { afterEach, expect, it } from 'vitest';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

afterEach(async () => {
  await killGateways();
  removeFolders();
});

it('with a bucket nothing is printed but what the gateway itself says', async () => {
  const gateway = await spawnGateway(newFolder(), {
    AKOOL_API_KEY: 'key-of-the-account',
    MEDIA_URL: 's3://bucket/files?endpoint=http://127.0.0.1:9&forcePathStyle=true',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    LOG_LEVEL: 'silent',
  });
  expect(await gateway.ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
  expect(gateway.output()).toBe(`{"url":"${gateway.url}/graphql"}\n`);
});
