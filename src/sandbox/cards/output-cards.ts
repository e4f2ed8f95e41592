import { type Card, taskCard } from './card.ts';

/** The output of a task. With `analysis-` in front, `output-…` acts on previews instead. */
export const OUTPUT_CARDS: readonly Card[] = [
  taskCard(
    'early-url',
    'The output URL is told from the answer to create on; it is 404 till then.',
    {
      urlEarly: true,
    },
  ),
  taskCard('output-blanks', 'The output URL has white space around it.', { urlBlanks: true }),
  taskCard('output-forbidden', 'The output is 403 as plain text for 5 s, then it is there.', {
    fileAnswer: 'forbidden first',
  }),
  taskCard('output-redirect', 'The output is there after one redirect.', {
    fileAnswer: 'redirect',
  }),
  taskCard('output-html', 'In place of the output comes an HTML page with HTTP 200.', {
    fileAnswer: 'html',
  }),
  taskCard(
    'output-truncated',
    'The connection ends after half of the bytes that Content-Length announced.',
    { fileAnswer: 'truncated' },
  ),
  taskCard('output-m4v', 'The output’s URL ends in .m4v, its type is video/x-m4v.', {
    outputExtension: 'm4v',
    outputType: 'video/x-m4v',
  }),
  taskCard('output-untyped', 'The output’s type is binary/octet-stream, the default of S3.', {
    outputType: 'binary/octet-stream',
  }),
  taskCard('output-cors', 'Pages of another origin may read the output.', { fileCors: true }),
];
