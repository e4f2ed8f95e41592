import type { LoadRequest } from '../harness/http-load.ts';

/** What is asked over HTTP, and the right answers. */

const FIELDS = 'id status progress outputUrl resolution durationSeconds fileName';
const TASK = `query Task($id: ID!) { headSwapTask(id: $id) { ${FIELDS} } }`;

/** The stand-in's task of that id, as GraphQL tells it. */
function taskAnswer(id: string, isDone: boolean): object {
  return {
    id,
    status: isDone ? 'COMPLETED' : 'PROCESSING',
    progress: isDone ? 100 : 40,
    outputUrl: isDone ? `https://example.com/output/${id}.mp4` : null,
    resolution: 'P720',
    durationSeconds: 10,
    fileName: 'Headswap_1778806213962.mp4',
  };
}

export function taskQuestion(id: string, isDone: boolean): LoadRequest {
  return {
    path: '/graphql',
    body: JSON.stringify({ query: TASK, variables: { id } }),
    expected: { headSwapTask: taskAnswer(id, isDone) },
  };
}

export const TYPENAME: LoadRequest = {
  path: '/graphql',
  body: JSON.stringify({ query: '{ __typename }' }),
  expected: { __typename: 'Query' },
};

const ALIASES = 20;

/** Twenty fields for the tasks given, each asked for as often as it takes. */
export function aliasesQuestion(ids: readonly string[], isDone: boolean): LoadRequest {
  const variables = Object.fromEntries(ids.map((id, index) => [`id${index}`, id]));
  const fields = Array.from({ length: ALIASES }, (_, index) => {
    const place = index % ids.length;
    return { alias: `task${index}`, variable: `id${place}`, id: ids[place] ?? '' };
  });
  const definitions = Object.keys(variables).map((name) => `$${name}: ID!`);
  const selections = fields.map(
    ({ alias, variable }) => `${alias}: headSwapTask(id: $${variable}) { ${FIELDS} }`,
  );
  const query = `query Tasks(${definitions.join(', ')}) { ${selections.join(' ')} }`;
  return {
    path: '/graphql',
    body: JSON.stringify({ query, variables }),
    expected: Object.fromEntries(fields.map(({ alias, id }) => [alias, taskAnswer(id, isDone)])),
  };
}

/** A document that nobody sent before: its alias and name hold the number. */
export function newDocumentQuestion(id: string, number: number): LoadRequest {
  const alias = `task${number}`;
  return {
    path: '/graphql',
    body: JSON.stringify({
      query: `query Task${number}($id: ID!) { ${alias}: headSwapTask(id: $id) { ${FIELDS} } }`,
      variables: { id },
    }),
    expected: { [alias]: taskAnswer(id, true) },
  };
}
