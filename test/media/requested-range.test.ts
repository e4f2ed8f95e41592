import { expect, it } from 'vitest';
import { requestedRange } from '../../src/server/http/files/requested-range.ts';

const BYTES = 100;
const WHOLE = null;

it.each([
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=10-19', { first: 10, last: 19 }],
  ['bytes=99-', { first: 99, last: 99 }],
  ['bytes=10-99999999999999999999', { first: 10, last: 99 }],
  ['Bytes= 10-19', { first: 10, last: 19 }],
  ['bytes=-5', { first: 95, last: 99 }],
  ['bytes=-100', { first: 0, last: 99 }],
  // A player that looks for an index at the end asks for more than a short file has.
  ['bytes=-65536', { first: 0, last: 99 }],
  ['bytes=100-', 'none of it'],
  ['bytes=100-5000', 'none of it'],
  ['bytes=-0', 'none of it'],
  ['bytes=0-1,5-6', WHOLE],
  ['bytes=5-2', WHOLE],
  ['bytes=a-b', WHOLE],
  ['bytes=1x-2x', WHOLE],
  ['bytes=-', WHOLE],
  ['bytes=', WHOLE],
  ['seconds=500-', WHOLE],
  ['', WHOLE],
])('takes %s as RFC 9110 has it', (range, wanted) => {
  expect(requestedRange({ method: 'GET', headers: { range } }, BYTES)).toEqual(wanted);
});

it('takes no range for other methods, for a validator, or of an empty file', () => {
  const range = 'bytes=10-19';
  expect(requestedRange({ method: 'HEAD', headers: { range } }, BYTES)).toBe(WHOLE);
  const headers = { range, 'if-range': '"another"' };
  expect(requestedRange({ method: 'GET', headers }, BYTES)).toBe(WHOLE);
  expect(requestedRange({ method: 'GET', headers: { range } }, 0)).toBe(WHOLE);
  expect(requestedRange({ method: 'GET', headers: {} }, BYTES)).toBe(WHOLE);
});
