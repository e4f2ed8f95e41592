import { createHash } from 'node:crypto';
import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenames } from './src/server/operations/persisted/add-typenames.ts';

/** How operations are typed, the gateway's and the example's. */
const TYPES = {
  documentMode: 'string',
  enumType: 'string-literal',
  useTypeImports: true,
  strictScalars: true,
  scalars: { ID: 'string', DateTime: 'string', HttpUrl: 'string' },
  importExtension: '.ts',
} as const;

/**
 * Typed operations out of schema/operations, and the example's out of its own. They are plain strings, so that a client needs no GraphQL library at run time,
 * and each carries the hash that it goes by in schema/persisted-operations.json. They ask for `__typename` wherever Apollo Client and urql would
 * add it, so that these send them as they are. Run by scripts/codegen.ts.
 */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  silent: true,
  generates: {
    'src/client-operations/': {
      preset: 'client',
      documents: 'schema/operations/*.graphql',
      documentTransforms: [
        {
          transform: ({ documents }) =>
            documents.map((file) => ({
              ...file,
              ...(file.document && { document: addTypenames(file.document) }),
            })),
        },
      ],
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: {
          mode: 'embedHashInDocument',
          hashAlgorithm: (operation: string) =>
            createHash('sha256').update(operation).digest('hex'),
        },
      },
      config: TYPES,
    },
    'examples/web/src/client/generated/': {
      preset: 'client',
      documents: 'examples/web/src/client/operations/*.graphql',
      presetConfig: { fragmentMasking: false },
      config: TYPES,
    },
  },
};

export default config;
