import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';

/** A word that is put into broken texts: it must never come back. */
export const CANARY = 'zqCanaryqz';

const FOLDER = new URL('../../schema/operations/', import.meta.url);
const OPERATIONS = readdirSync(FOLDER).map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

/** What GraphQL is written with, and names of this schema. */
const WORDS = [
  ...'{ } ( ) [ ] ! : = @ $ & | ... " """ # , 0 -1 1e999 .5 null true'.split(' '),
  ...'query mutation subscription fragment on type schema extend input __typename __schema __type'.split(
    ' ',
  ),
  ...'analysis headSwapTask analyses headSwapTasks edges node persons id status first after input videoUrl'.split(
    ' ',
  ),
  ...'submitAnalysis createHeadSwapTask analysisStatusChanged jobStatusChanged Analysis Error String'.split(
    ' ',
  ),
  '\uFEFF',
  '\u0000',
  '\\u{110000}',
  '\uD800',
  CANARY,
];

const soup = fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join(' '));

/** A good text with some of it cut out, doubled or replaced. */
const bent = fc
  .tuple(
    fc.constantFrom(...OPERATIONS),
    fc.array(
      fc.record({
        at: fc.nat(1_500),
        cut: fc.nat(12),
        put: fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 6 })),
      }),
      { maxLength: 4 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((bending, { at, cut, put }) => {
      const place = at % (bending.length + 1);
      return bending.slice(0, place) + put + bending.slice(place + cut);
    }, text),
  );

const deep = fc
  .tuple(
    fc.constantFrom('{a', '[', '{analysis(id:"x")', '{...on Query', '((', '"""'),
    fc.nat(3_000),
  )
  .map(([piece, times]) => piece.repeat(times));

/** Documents that parse: fields of this schema, often in places where they are not, with arguments, aliases and directives. */
const { selection } = fc.letrec<{ selection: string; selections: string }>((tie) => ({
  selections: fc
    .array(tie('selection'), { minLength: 1, maxLength: 5 })
    .map((inner) => `{ ${inner.join(' ')} }`),
  selection: fc
    .tuple(
      fc.constantFrom('', 'a: ', 'b: '),
      fc.constantFrom(
        ...'creditBalance jobStatusCursor analyses(first:1) headSwapTasks(status:[COMPLETED]) nodes edges'.split(
          ' ',
        ),
        ...'analysis(id:"x") headSwapTask(id:$id) node id status persons previewUrl __typename mappings'.split(
          ' ',
        ),
        ...'...F analyses(first:101) analyses(after:"x") video jobStatusChanged failure analysis'.split(
          ' ',
        ),
      ),
      fc.constantFrom('', '', '', '@include(if:false)', '@skip(if:$x)', '@nope'),
      fc.option(tie('selections'), { nil: '', depthSize: 'small' }),
    )
    .map((parts) => parts.join('')),
}));
const formed = fc
  .tuple(
    fc.constantFrom(
      '',
      'query A',
      'query($id: ID!)',
      'subscription S',
      'mutation',
      'query($x: Boolean = true)',
    ),
    fc.array(selection, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('', 'fragment F on Analysis { id }', 'fragment F on Query { ...F }'),
  )
  .map(([head, selections, tail]) => `${head} { ${selections.join(' ')} } ${tail}`);

/** The text of an operation: good, bent, well formed, made of the right words, or nothing of the kind. */
const queryText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...OPERATIONS) },
  { weight: 3, arbitrary: bent },
  { weight: 5, arbitrary: formed },
  { weight: 2, arbitrary: soup },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom('x'.repeat(5_000), 1e300, -0, '__proto__', CANARY),
  fc.array(fc.constant('x'), { maxLength: 200 }),
);

const GOOD_VALUES = [
  'x',
  10,
  null,
  { videoUrl: 'https://example.com/v.mp4' },
  {
    idempotencyKey: 'k',
    analysisId: 'analysis-1',
    mappings: [{ objId: 0, faceUrl: 'https://example.com/f.png' }],
  },
];

/** Variables as they could be meant, with good values or anything at all. */
const variables = fc.dictionary(
  fc.constantFrom('id', 'after', 'first', 'status', 'input', 'idempotencyKey', '__proto__', 'x'),
  fc.oneof(
    fc.constantFrom(...GOOD_VALUES),
    anything,
    fc.record(
      {
        videoUrl: anything,
        idempotencyKey: anything,
        analysisId: anything,
        mappings: fc.oneof(anything, fc.array(fc.record({ objId: anything, faceUrl: anything }))),
        resolution: anything,
      },
      { requiredKeys: [] },
    ),
  ),
);

const mostly = <Good, Bad>(good: fc.Arbitrary<Good>, bad: fc.Arbitrary<Bad>) =>
  fc.oneof({ weight: 20, arbitrary: good }, { weight: 1, arbitrary: bad });

/** The parameters of a request; each may be missing or, now and then, wrong. */
export const requestParams = fc.record(
  {
    query: mostly(queryText, anything),
    variables: mostly(variables, anything),
    operationName: mostly(fc.constantFrom(null, 'ListJobs', 'A'), anything),
    extensions: mostly(fc.constantFrom(null, {}), anything),
    documentId: mostly(fc.constantFrom(null, 'f'.repeat(64)), anything),
  },
  { requiredKeys: ['query'] },
);

/** JSON that was cut, bent or interleaved with other bytes. */
export function bentBytes(text: string): fc.Arbitrary<Buffer> {
  const edit = fc.record({
    at: fc.nat(5_000),
    cut: fc.nat(8),
    put: fc.uint8Array({ maxLength: 5 }),
  });
  return fc.array(edit, { maxLength: 3 }).map((edits) =>
    edits.reduce((bytes, { at, cut, put }) => {
      const place = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)]);
    }, Buffer.from(text)),
  );
}
