import { readFileSync } from 'node:fs';
import { parse, print, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { checkSchema } from '../../scripts/schema/check-schema.ts';

const TODAY = '2026-11-28';
/** Without descriptions, so that the tests can name lines as they stand. */
const sdl = print(
  visit(parse(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8')), {
    enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
  }),
);

/** The SDL with one thing changed. */
function changed(from: string | RegExp, to: string, source = sdl): string {
  const text = source.replace(from, to);
  expect(text, `${from} is not in the schema`).not.toBe(source);
  return text;
}

const changelogNaming = (...coordinates: string[]): string =>
  `# Changelog\n\n## Unreleased\n\n### Schema\n\n- ${coordinates.map((one) => `\`${one}\``).join(', ')}: new.\n\n### Added\n\n- \`Query.elsewhere\`\n\n## 0.0.1\n\n### Schema\n\n- \`Query.former\`\n`;

const check = (present: string, changelog = changelogNaming(), released = sdl) =>
  checkSchema({ released, present, changelog, today: TODAY });

describe('the check of the schema', () => {
  it('has nothing to say of the schema that was released', async () => {
    expect(await check(sdl)).toEqual({ problems: [], remarks: [] });
  });

  it.each([
    ['a field that is gone', '  version: Int!\n', '', 'Analysis.version'],
    ['a type that is gone from its field', /deduct\w+: Float/, 'x: Float', 'deductionDuration'],
    ['another type', 'fps: Float', 'fps: String', 'VideoInfo.fps'],
    ['a result that can be null', 'videoUrl: HttpUrl!', 'videoUrl: HttpUrl', 'Analysis.videoUrl'],
    ['a new required argument', '  headSwapTask(', '  headSwapTask(team: ID!, ', 'headSwapTask'],
    ['an argument that is gone', '(after: ID)', '', 'Subscription.jobStatusChanged'],
    [
      'an input field that is gone',
      /  modelName: .*=.*\n/,
      '',
      'CreateHeadSwapTaskInput.modelName',
    ],
    [
      'a new required input field',
      'objId: Int!\n}',
      'objId: Int!\n  x: Int!\n}',
      'HeadMappingInput.x',
    ],
    [
      'a required input field that loses its default',
      'modelName: String! = "akool-premium"',
      'modelName: String!',
      'CreateHeadSwapTaskInput.modelName',
    ],
    ['an enum value that is gone', /\n  P480\n/, '\n', 'Resolution.P480'],
    [
      'a member that is gone',
      'InvalidInputError | NotFoundError | Upload',
      'Upload',
      'FinishUploadResult',
    ],
    [
      'an interface that is gone',
      'NotFoundError implements Error',
      'NotFoundError',
      'NotFoundError',
    ],
  ])('refuses %s, and names it', async (_what, from, to, coordinate) => {
    const { problems } = await check(changed(from, to), changelogNaming());
    expect(problems[0]).toMatch(/^These changes break callers of the last release:\n/);
    expect(problems[0]).toContain(coordinate);
  });

  it('lists what may surprise clients, without refusing it', async () => {
    const more = changed('P480\n', 'P480\n  P1080\n');
    const { problems, remarks } = await check(more, changelogNaming('Resolution.P1080'));
    expect(problems).toEqual([]);
    expect(remarks.join()).toContain('Resolution.P1080: Enum value');
  });

  it('refuses that a required argument loses its default, and takes another default', async () => {
    const page = (first: string): string => `
      directive @page(first: ${first}) on FIELD
      type Query { jobs(first: ${first}): Int }
    `;
    const named = changelogNaming('Query.jobs', '@page.first');
    const lost = await check(page('Int!'), named, page('Int! = 10'));
    expect(lost.problems[0]).toMatch(/callers[^]*@page\.first[^]*Query\.jobs/);
    const other = await check(page('Int! = 20'), named, page('Int! = 10'));
    expect(other.problems).toEqual([]);
    expect(other.remarks.join()).toContain('Query.jobs');
  });

  it('does not mind other descriptions', async () => {
    const described = changed('  creditBalance: Float', '  "Other words."\n  creditBalance: Float');
    expect(await check(described)).toEqual({ problems: [], remarks: [] });
  });
});

describe('a deprecation', () => {
  const deprecated = (reason: string): string =>
    changed('creditBalance: Float', `creditBalance: Float @deprecated(reason: "${reason}")`);
  const dated = deprecated('Use credits instead. Removed after 2026-11-27.');
  const named = changelogNaming('Query.creditBalance');

  it.each([
    ['no day', 'Use credits instead.'],
    ['a day that is none', 'Removed after 2026-02-30.'],
    ['its day elsewhere', 'Removed after 2027-06-01. Use credits.'],
  ])('is refused with %s', async (_what, reason) => {
    const { problems } = await check(deprecated(reason), named);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('Query.creditBalance');
    expect(problems[0]).toContain('Removed after YYYY-MM-DD.');
  });

  it('lets what it was released with go after its day, and not on it', async () => {
    const gone = changed('  creditBalance: Float\n', '');
    expect((await check(gone, named, dated)).problems).toEqual([]);
    const laterDay = deprecated('Removed after 2026-11-28.');
    expect((await check(gone, named, laterDay)).problems).toHaveLength(1);
    expect((await check(gone, named, sdl)).problems).toHaveLength(1);
  });

  it('is a change that the changelog has to name', async () => {
    expect((await check(dated)).problems.join()).toContain('Query.creditBalance');
    expect((await check(dated, named)).problems).toEqual([]);
  });
});

describe('the changelog', () => {
  const more = changed(
    'creditBalance: Float',
    'creditBalance: Float\n  prices(first: Int): [Price!]',
    `${sdl}\ntype Price { credits: Float }\n`,
  );

  it('has to name each changed field and type in its part on the schema', async () => {
    const { problems } = await check(more, changelogNaming('Query.elsewhere', 'Query.former'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /CHANGELOG.md does not name[^\n]*\n  Price\n  Price\.credits\n  Query\.prices\n/,
    );
    const named = changelogNaming('Query.prices', 'Price');
    expect((await check(more, named)).problems).toEqual([]);
  });

  it('is not taken in by a longer name, or by the field of another type', async () => {
    const near = changelogNaming('Query.pricesOfYesterday', 'Mutation.prices', 'Price');
    expect((await check(more, near)).problems.join()).toContain('  Query.prices\n');
  });

  it("names a job's new field once, for the interface and its types", async () => {
    const all = changed(/supportId: ID\n/g, 'supportId: ID\n  title: String\n');
    expect((await check(all)).problems.join()).toContain('Analysis.title');
    expect((await check(all, changelogNaming('Job.title'))).problems).toEqual([]);
  });
});
