import { describe, expect, it } from 'vitest';
import { httpUrlProblem } from '../../src/graphql/input/input-text.ts';

const EXAMPLE = 'https://example.com/face.png';

describe('an HttpUrl', () => {
  it.each([
    'https://a.b',
    'http://example.com/a%20b.mp4?x=1&y=@#t',
    'HTTPS://EXAMPLE.COM:8443/UPPER',
    'https://exämple.com/ü.mp4',
    'http://[::1]:9000/x',
    `https://example.com/${'a'.repeat(8192 - 20)}`,
  ])('may be %s', (url) => {
    expect(httpUrlProblem(url, EXAMPLE)).toBeNull();
  });

  it('may have a host in any letters, however often it is asked', () => {
    const url = 'https://exämple.com/ü.mp4';
    for (let times = 0; times < 50_000; times += 1) httpUrlProblem(EXAMPLE, EXAMPLE);
    expect(httpUrlProblem(url, EXAMPLE)).toBeNull();
  });

  it.each([
    ['', /empty/],
    [`https://example.com/${'a'.repeat(8192 - 19)}`, /8192 characters, and has 8193/],
    [' https://example.com', /whitespace/],
    ['https://example.com/a b', /whitespace/],
    ['https://example.com/a\u0000', /control/],
    ['https://example.com/a\u0085', /control/],
    ['https://example.com/\ud800', /broken Unicode/],
    ['https://example.com\\@evil.example', /backslash/],
    ['https://user:hunter2@example.com', /user name or password/],
    ['https://hunter2@example.com/x', /user name or password/],
    ['https://@example.com', /user name or password/],
    ['example.com/video.mp4', /absolute/],
    ['//example.com/video.mp4', /absolute/],
    ['ftp://example.com/hunter2', /absolute/],
    ['javascript:alert(1)', /absolute/],
    ['https:example.com', /absolute/],
    ['https:/example.com', /absolute/],
    ['https:///example.com', /host/],
    ['https://', /host/],
    ['https://?x', /host/],
    ['https://:80/x', /host/],
    ['https://example.com:99999/', /port/],
    ['https://exa mple.com/', /whitespace/],
    ['https://exa%mple.com/', /host/],
  ])('may not be %j', (url, problem) => {
    const said = httpUrlProblem(url, EXAMPLE);
    expect(said).toMatch(problem);
    expect(said).toMatch(/^must /);
    expect(said).not.toContain('hunter2');
  });
});
