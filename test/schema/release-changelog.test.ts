import { expect, it } from 'vitest';
import { releaseChangelog } from '../../scripts/schema/release-changelog.ts';

const changelog =
  '# Changelog\n\n## Unreleased\n\n### Schema\n\n- A line.\n\n## 1.0.0 (2026-01-01)\n\n- Old.\n';

it('puts what was unreleased under the heading of the version, and leaves an empty heading', () => {
  expect(releaseChangelog(changelog, '1.1.0', '2026-11-28')).toBe(
    '# Changelog\n\n## Unreleased\n\n## 1.1.0 (2026-11-28)\n\n### Schema\n\n- A line.\n\n## 1.0.0 (2026-01-01)\n\n- Old.\n',
  );
});

it('lists the commits behind what was written', () => {
  expect(releaseChangelog(changelog, '1.1.0', '2026-11-28', '### Commits: fixes\n\n- One.\n')).toBe(
    '# Changelog\n\n## Unreleased\n\n## 1.1.0 (2026-11-28)\n\n### Schema\n\n- A line.\n\n### Commits: fixes\n\n- One.\n\n## 1.0.0 (2026-01-01)\n\n- Old.\n',
  );
});

it('refuses a version that is there, and a release of nothing', () => {
  expect(() => releaseChangelog(changelog, '1.0.0', '2026-11-28')).toThrow('has 1.0.0 already');
  const released = releaseChangelog(changelog, '1.1.0', '2026-11-28');
  expect(() => releaseChangelog(released, '1.2.0', '2026-11-29')).toThrow('Nothing is unreleased');
});
