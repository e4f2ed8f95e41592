import { describe, expect, it } from 'vitest';
import { isCallbackKey, sealCallback } from '../../src/sandbox/callbacks/callback-crypto.ts';

/** Made and checked by round trip: AKOOL's own published vector was altered before publication and does not verify. */
const VECTORS = [
  {
    clientId: 'test-client-id-1',
    clientSecret: 'test-client-secret-00024',
    plaintext:
      '{"_id":"6a066dc58570ecbf64f761a5","status":3,"type":"faceswap","url":"https://example.com/output/result.mp4"}',
    body: {
      signature: '8f23c0a57e00b9171313c18b3b7efb68f4c4da63',
      dataEncrypt:
        'qqT3O8zk17wFhPPsXxip5MqQZ9YTwbJv0s7cRQOwJ3EcPBcWbMfB4XqY9WddUhVmqupJqOr5D6NVIDHrsXcun0T9rk4/VcInL30C4bS1tk3mZ6Zo0nJJtWn/B1xCjpUaNFZkGOnwnND2lRQ4YNEUpQ==',
      timestamp: 1778806300000,
      nonce: '4821',
    },
  },
  {
    clientId: 'test-client-id-24-chars!',
    clientSecret: 'test-client-secret-of-32-chars!!',
    plaintext: '{"_id":"6a066dc58570ecbf64f761a5","status":4,"type":"faceswap","url":""}',
    body: {
      signature: '9123749079c6fa74ee609e5ff2bab7ededc7bd67',
      dataEncrypt:
        '1oBRcIQAovi4IekJhdl4QE+zKrWHJi9IPPPWVSxleJs0MJM30YGBbzZCrL6536D4lVNPXufnD8UlL8hX6XxIqo+ziesFGmZOvhnKMQ64OMw=',
      timestamp: 1778806300001,
      nonce: 1529,
    },
  },
  {
    clientId: 'test-client-id-24-chars!',
    clientSecret: 'test-client-secret-00024',
    plaintext: '{"_id":"6a066dc58570ecbf64f761a5","status":2,"type":"faceswap","url":""}',
    body: {
      signature: 'e240b9f135a356518e33f804bb1c92906399de6b',
      dataEncrypt:
        'tMvUhGd4KjeOUTxFgJCyj08HmFwlZA6jdqo5AKlJhT4Yg9Bnr/9FYXGFSPtwLHhwEhZc05oELNr0U4orbGusgUeupaDhYX6aV3lBxpbvXaU=',
      timestamp: 1778806300002,
      nonce: '0007',
    },
  },
];

describe('sealing a callback', () => {
  it.each(VECTORS)('agrees with the vector of $body.timestamp', (vector) => {
    const { plaintext, body, ...secrets } = vector;
    expect(sealCallback(plaintext, secrets, body.timestamp, body.nonce)).toEqual(body);
  });

  it('pads a short client id with zeros', () => {
    const secrets = { clientSecret: 'sixteen bytes !!' };
    const short = sealCallback('{}', { ...secrets, clientId: 'id' }, 1, 1);
    const padded = sealCallback('{}', { ...secrets, clientId: `id${'\0'.repeat(14)}` }, 1, 1);
    expect(short.dataEncrypt).toBe(padded.dataEncrypt);
  });

  it('counts the bytes of a key, not its characters', () => {
    expect(
      ['x'.repeat(16), 'x'.repeat(24), 'x'.repeat(32), 'é'.repeat(8)].map(isCallbackKey),
    ).toEqual([true, true, true, true]);
    expect(['', 'x'.repeat(31), 'é'.repeat(16) + 'x'].map(isCallbackKey)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
