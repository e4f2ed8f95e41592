import graphql from '@graphql-eslint/eslint-plugin';

/*
 * ESLint reads GraphQL alone here; oxlint reads the code. The recommended rules of the plugin, and what is said below.
 */

const SCHEMA = 'schema/schema.graphql';
/** What the gateway ships, and what its examples send. */
const OPERATIONS = ['schema/operations/*.graphql', 'examples/web/**/*.graphql'];

const language = {
  parser: graphql.parser,
  parserOptions: { graphQLConfig: { schema: SCHEMA, documents: OPERATIONS } },
};
const plugins = { '@graphql-eslint': graphql };

export default [
  {
    ignores: [
      '**/*.{js,cjs,mjs}',
      'schema/released.graphql',
      'schema/subgraph.graphql',
      'examples/federation',
    ],
  },
  {
    files: [SCHEMA],
    plugins,
    languageOptions: language,
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      // Whoever meets the schema in an explorer has its descriptions and nothing else.
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
        },
      ],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      // Lists go forward only.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      // A job is found by its own query, so there is no Node; persons and mappings are lists without pages.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      // What is a part of a job, or tells of a failure, has no identity of its own.
      '@graphql-eslint/strict-id-in-types': 'off',
      // FAILED is the right word for a job and for a copy.
      '@graphql-eslint/unique-enum-value-names': 'off',
    },
  },
  {
    files: OPERATIONS,
    plugins,
    languageOptions: language,
    rules: graphql.configs['flat/operations-recommended'].rules,
  },
  {
    // Each file is a tab of the explorer.
    files: ['schema/operations/*.graphql'],
    rules: { '@graphql-eslint/lone-executable-definition': 'error' },
  },
];
