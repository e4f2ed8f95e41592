import { describe, expect, it } from 'vitest';
import { readFlags } from '../../src/cli/demo/flags.ts';
import { FlagError } from '../../src/cli/flag-error.ts';

describe('the flags', () => {
  it('are all optional', () => {
    expect(readFlags([])).toEqual({
      url: null,
      video: null,
      face: null,
      person: 0,
      output: null,
      callerKey: null,
      noColor: false,
    });
    expect(readFlags(['--help'])).toBe('help');
  });

  it('take the URL of a gateway as its operator prints it', () => {
    expect(readFlags(['--url', 'http://127.0.0.1:4000/graphql'])).toMatchObject({
      url: 'http://127.0.0.1:4000',
    });
  });

  it.each([
    [['--url', 'gateway'], '--url must be an http or https URL'],
    [['--person', 'one'], '--person must be a whole number'],
    [['--caller-key', 'x'], '--caller-key needs --url'],
    [['--url', 'http://x', '--caller-key', 'a b'], '--caller-key must be printable'],
    [['stray'], 'stray'],
  ])('refuse %j by name', (flags, named) => {
    expect(() => readFlags(flags)).toThrow(FlagError);
    expect(() => readFlags(flags)).toThrow(named);
  });
});
