import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decryptWebhook } from '../../src/upstream/webhook-crypto.ts';

/** Made with AKOOL's scheme and checked both ways. */
const VECTORS = [
  {
    clientId: 'test-client-id-1',
    secret: 'test-client-secret-00024',
    status: 3,
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
    secret: 'test-client-secret-of-32-chars!!',
    status: 4,
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
    secret: 'test-client-secret-00024',
    status: 2,
    body: {
      signature: 'e240b9f135a356518e33f804bb1c92906399de6b',
      dataEncrypt:
        'tMvUhGd4KjeOUTxFgJCyj08HmFwlZA6jdqo5AKlJhT4Yg9Bnr/9FYXGFSPtwLHhwEhZc05oELNr0U4orbGusgUeupaDhYX6aV3lBxpbvXaU=',
      timestamp: 1778806300002,
      nonce: '0007',
    },
  },
] as const;

const CLIENT_ID = 'client';
const SECRET = 'sixteen-byte-key';
const ACCOUNT = { clientId: CLIENT_ID, secrets: [SECRET] };
const CLAIM = { _id: 'task', status: 3, type: 'x', url: 'https://a.b/c.mp4' };

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function encrypt(plain: string | Buffer, secret = SECRET): string {
  const iv = Buffer.alloc(16);
  iv.write(CLIENT_ID);
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(secret), iv);
  return Buffer.concat([cipher.update(Buffer.from(plain)), cipher.final()]).toString('base64');
}

/** Signs whatever it is given, as anybody who knows the client id can. */
function signed(
  dataEncrypt: string,
  timestamp: string | number = 1,
  nonce: string | number = 'n',
): Record<string, unknown> {
  const strings = [CLIENT_ID, String(timestamp), String(nonce), dataEncrypt].sort();
  const signature = createHash('sha1').update(strings.join('')).digest('hex');
  return { signature, dataEncrypt, timestamp, nonce };
}

const sealed = (claim: unknown): Record<string, unknown> => signed(encrypt(JSON.stringify(claim)));

describe('opens', () => {
  test.each(VECTORS)('vector with status $status', ({ clientId, secret, body }) => {
    expect(decryptWebhook(bytes(body), { clientId, secrets: [secret] })).toEqual({
      jobId: '6a066dc58570ecbf64f761a5',
      digest: createHash('sha256').update(body.dataEncrypt).digest('hex'),
    });
  });

  test('with the previous key while keys rotate, in either order', () => {
    const body = bytes(sealed(CLAIM));
    for (const secrets of [
      [SECRET, 'another-16-bytes'],
      ['another-16-bytes', SECRET],
      ['of no usable length', SECRET],
    ]) {
      expect(decryptWebhook(body, { clientId: CLIENT_ID, secrets })).toMatchObject({
        jobId: 'task',
      });
    }
  });

  test('whatever the timestamp says, and a re-signed replay with the same digest', () => {
    const ciphertext = encrypt(JSON.stringify(CLAIM));
    const opened = [1, 1e15, 1_778_806_300, 'yesterday', 'NaN', -0.5].map((timestamp) =>
      decryptWebhook(bytes(signed(ciphertext, timestamp, Math.random())), ACCOUNT),
    );
    expect(new Set(opened.map((one) => one?.digest)).size).toBe(1);
    expect(opened[0]).toMatchObject({ jobId: 'task' });
  });

  test.each([
    ['status 1', { status: 1 }],
    ['status 99', { status: 99 }],
    ['status "3"', { status: '3' }],
    ['no status', { status: undefined }],
    ['no type', { type: undefined }],
    ['a type that is a number', { type: 7 }],
    ['no url', { url: undefined }],
    ['a url that is an object', { url: {} }],
  ])('with %s: only its _id is used', (_name, odd) => {
    expect(decryptWebhook(bytes(sealed({ ...CLAIM, ...odd })), ACCOUNT)).toMatchObject({
      jobId: 'task',
    });
  });

  test('with the signature in capitals', () => {
    const body = sealed(CLAIM);
    const signature = String(body['signature']).toUpperCase();
    expect(decryptWebhook(bytes({ ...body, signature }), ACCOUNT)).toMatchObject({ jobId: 'task' });
  });

  test('with further keys, a hostile url and a BOM', () => {
    const claim = { ...CLAIM, url: 'javascript:alert(1)', more: [1] };
    const body = { ...signed(encrypt(`\uFEFF${JSON.stringify(claim)}`)), more: 1 };
    expect(decryptWebhook(bytes(body), ACCOUNT)).toMatchObject({ jobId: 'task' });
  });
});

describe('has one answer for everything malformed', () => {
  const good = sealed(CLAIM);
  const ciphertext = encrypt(JSON.stringify(CLAIM));
  const raw = Buffer.from(ciphertext, 'base64');
  const flipped = (at: number): string => {
    const copy = Buffer.from(raw);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy.toString('base64');
  };
  const bodies: readonly (readonly [string, unknown])[] = [
    ['wrong signature', { ...good, signature: '0'.repeat(40) }],
    ['missing signature', { ...good, signature: undefined }],
    ['number for a signature', { ...good, signature: 7 }],
    ['array for a signature', { ...good, signature: [good['signature']] }],
    ['short signature', { ...good, signature: String(good['signature']).slice(1) }],
    ['another timestamp than signed', { ...good, timestamp: 2 }],
    ['null timestamp', { ...good, timestamp: null }],
    ['missing nonce', { ...good, nonce: undefined }],
    ['padding flip', signed(flipped(raw.length - 17))],
    ['block flip', signed(flipped(20))],
    ['truncated', signed(raw.subarray(0, -16).toString('base64'))],
    ['cut inside a block', signed(raw.subarray(0, -3).toString('base64'))],
    ['random', signed(randomBytes(160).toString('base64'))],
    ['empty', signed('')],
    ['not base64', signed('%%%%')],
    ['base64 with a blank', signed(` ${ciphertext}`)],
    ['base64 without padding', signed(encrypt('{}').replace(/=+$/, ''))],
    ['base64url', signed(ciphertext.replaceAll('+', '-').replaceAll('/', '_') + '-')],
    ['another key', signed(encrypt(JSON.stringify(CLAIM), 'another-16-bytes'))],
    ['plaintext not JSON', signed(encrypt('hello'))],
    ['plaintext not UTF-8', signed(encrypt(latin1('{"_id":"\xff","status":3,"type":"x"}')))],
    ['plaintext an array', sealed([CLAIM])],
    ['plaintext null', sealed(null)],
    ['plaintext all in __proto__', signed(encrypt('{"__proto__":{"_id":"x","status":3}}'))],
    ['_id missing', sealed({ ...CLAIM, _id: undefined })],
    ['_id empty', sealed({ ...CLAIM, _id: '' })],
    ['_id a number', sealed({ ...CLAIM, _id: 1 })],
    ['a string', 'hello'],
    ['null', null],
    ['an array', [good]],
    ['everything in __proto__', JSON.parse(`{"__proto__":${JSON.stringify(good)}}`)],
  ];

  test('while the good one opens', () => {
    expect(decryptWebhook(bytes(good), ACCOUNT)).not.toBeNull();
  });
  test.each(bodies)('%s', (_name, body) => {
    expect(decryptWebhook(bytes(body), ACCOUNT)).toBeNull();
  });
  test.each([
    ['no body', Buffer.alloc(0)],
    ['not JSON', Buffer.from('signature=x')],
    ['not UTF-8', latin1(JSON.stringify({ ...good, more: '\xff' }))],
    ['100,000 levels deep', Buffer.from('['.repeat(100_000))],
    ['4 MB', Buffer.alloc(4_000_000, 'A')],
  ])('%s', (_name, body) => {
    expect(decryptWebhook(body, ACCOUNT)).toBeNull();
  });

  test('an account without a usable key opens nothing', () => {
    expect(decryptWebhook(bytes(good), { clientId: CLIENT_ID, secrets: [] })).toBeNull();
    expect(decryptWebhook(bytes(good), { clientId: CLIENT_ID, secrets: ['short'] })).toBeNull();
  });
});
