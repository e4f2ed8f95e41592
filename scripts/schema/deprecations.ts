import type { GraphQLSchema } from 'graphql';
import { schemaElements } from './schema-elements.ts';

/** How a deprecation has to end. */
const REMOVAL = /\bRemoved after (\d{4}-\d{2}-\d{2})\.$/;

/** The day after which what is deprecated may go, as YYYY-MM-DD. Null: the reason does not end by naming one that exists. */
export function removalDate(reason: string): string | null {
  const date = REMOVAL.exec(reason)?.[1];
  if (date === undefined) return null;
  const time = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date) ? date : null;
}

/** The paths of what is deprecated without saying until when it is there. */
export function undatedDeprecations(schema: GraphQLSchema): string[] {
  return schemaElements(schema)
    .filter(
      ({ deprecationReason }) =>
        deprecationReason !== null && removalDate(deprecationReason) === null,
    )
    .map(({ path }) => path);
}
