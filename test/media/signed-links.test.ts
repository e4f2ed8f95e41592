import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSignedLinks } from '../../src/media/links/signed-links.ts';

const NOW = 1_800_000_000_000;
const links = createSignedLinks('a-secret-of-this-test');
const target = { key: 'copies/one', contentType: 'video/mp4', expiresAt: NOW + 60_000 };
const token = links.sign(target);
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';

describe('a signed link', () => {
  it('opens what it was made for until its time is over', () => {
    expect(links.open(token, NOW)).toEqual(target);
    expect(links.open(token, target.expiresAt - 1)).toEqual(target);
    expect(links.open(token, target.expiresAt)).toBeNull();
  });

  it('opens nothing once the secret is another', () => {
    expect(createSignedLinks('another-secret').open(token, NOW)).toBeNull();
  });

  it('opens nothing else, however it is bent', () => {
    const letter = fc.constantFrom(...LETTERS.split(''));
    const bent = fc.oneof(
      fc.tuple(fc.nat(token.length - 1), letter).map(([at, other]) => {
        return token.slice(0, at) + other + token.slice(at + 1);
      }),
      fc.nat(token.length - 1).map((end) => token.slice(0, end)),
      fc.string({ unit: letter, maxLength: 200 }),
      fc.tuple(fc.nat(token.length), letter).map(([at, more]) => {
        return token.slice(0, at) + more + token.slice(at);
      }),
    );
    fc.assert(
      fc.property(bent, (text) => {
        // A letter of the digest may hold bits that mean nothing: whatever opens, opens the same.
        expect([null, target]).toContainEqual(links.open(text, NOW));
      }),
      { numRuns: 2_000 },
    );
  });

  it('cannot be lengthened or led elsewhere with the digest of another', () => {
    const [, digest] = token.split('.');
    const forged = [target.key, target.contentType, target.expiresAt + 1];
    const payload = Buffer.from(JSON.stringify(forged)).toString('base64url');
    expect(links.open(`${payload}.${digest}`, NOW)).toBeNull();
  });
});
