import { assert, nat, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { createTextCleaner } from '../../src/upstream/redact.ts';

const SECRET = 'secret-key-of-24-letters';
const cleaner = createTextCleaner(['', 'secret-key', SECRET]);
const clean = (text: string): string => cleaner.clean(text);

test('secrets go, the longest first, before the cut and after control characters', () => {
  expect(clean(`a ${SECRET} b secret-key c`)).toBe('a [redacted] b [redacted] c');
  expect(clean(`secret\u0000-key-of-24\u007f-letters`)).toBe('[redacted]');
  expect(clean('x'.repeat(495) + SECRET)).toBe(`${'x'.repeat(495)}[reda`);
});

test('tokens of webhooks go, whoever they belong to', () => {
  const token = 'q5-2_'.repeat(8);
  for (const path of ['/webhooks/akool/', '%2Fwebhooks%2fakool%2F']) {
    const quoted = clean(`webhookUrl https://a.b${path}${token}?x was not reached`);
    expect(quoted).toBe(`webhookUrl https://a.b${path}[redacted]?x was not reached`);
  }
});

test('breaks become blanks, other control characters go', () => {
  expect(clean(' a\r\nb\tc\u0000\u0085\u001b[31m\u2028d ')).toBe('a  b c[31m d');
});

test('lone surrogates are mended, pairs are left whole by the cut', () => {
  expect(clean('a\uD800b\uDC00')).toBe('a\uFFFDb\uFFFD');
  expect(clean('x'.repeat(499) + '😀')).toBe('x'.repeat(499));
  expect(clean('x'.repeat(498) + '😀')).toBe(`${'x'.repeat(498)}😀`);
});

test('whatever comes in, at most 500 well-formed characters without controls come out', () => {
  const anything = string({ unit: 'binary', maxLength: 1_200, size: 'max' });
  assert(
    property(anything, nat(600), (words, at) => {
      const cleaned = clean(`${words.slice(0, at)}${SECRET}${words.slice(at)}`);
      expect(cleaned.length).toBeLessThanOrEqual(500);
      expect(cleaned).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      expect(cleaned).not.toContain(SECRET);
    }),
  );
});

test('a URL carries a secret only if that is long enough to be one', () => {
  expect(cleaner.carriesSecret(`https://a.b/${SECRET}`)).toBe(true);
  expect(cleaner.carriesSecret('https://a.b/secret-key')).toBe(false);
});
