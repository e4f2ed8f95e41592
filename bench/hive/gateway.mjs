import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createGatewayRuntime, createLoggerFromLogging } from '@graphql-hive/gateway-runtime';
import { composeSubgraphs } from '@graphql-mesh/fusion-composition';
import { loadOpenAPISubgraph } from '@omnigraph/openapi';

/** Hive Gateway over AKOOL's OpenAPI document, composed at the start. */

const { PORT, AKOOL_BASE_URL: endpoint, AKOOL_API_KEY: apiKey } = process.env;

const load = loadOpenAPISubgraph('akool', {
  source: fileURLToPath(new URL('openapi.json', import.meta.url)),
  endpoint,
  operationHeaders: { 'x-api-key': apiKey },
});
const { name, schema$ } = load({
  fetch,
  cwd: process.cwd(),
  logger: createLoggerFromLogging(false),
});
const { supergraphSdl, errors } = composeSubgraphs([{ name, schema: await schema$ }]);
if (supergraphSdl === undefined) throw new Error(String(errors));

const gateway = createGatewayRuntime({ supergraph: supergraphSdl, logging: false });
createServer((request, response) => void gateway(request, response)).listen(
  Number(PORT),
  '127.0.0.1',
);
