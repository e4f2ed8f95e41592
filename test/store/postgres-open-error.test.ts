import { expect, it } from 'vitest';
import { placeOf } from '../../src/store/postgres/postgres-open-error.ts';

it('a place is host, port and database', () => {
  expect(placeOf('postgres://user:secret@db.example.com:6432/gateway?password=secret')).toBe(
    'db.example.com:6432/gateway',
  );
});

it.each(['12/secret', '12?secret', '12#secret', '12/se@cret', 'se cret/'])(
  'of a URL that a password tears apart nothing is told: %s',
  (password) => {
    expect(placeOf(`postgres://user:${password}@db.example.com/gateway`)).toBe('DATABASE_URL');
  },
);
