import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { entriesSince } from './file-entries.mjs';

/*
 * To be loaded before the gateway: writes, for each request to its GraphQL, which files were entered from its head to the end of
 * its answer: a JSON list, on a line of the file RECORD_FILE. Unlike a plugin it leaves the short lane open.
 */

const { RECORD_FILE } = process.env;
const isGraphql = ({ request }) => request.url === '/graphql';

subscribe('http.server.request.start', (message) => {
  if (isGraphql(message)) entriesSince();
});
subscribe('http.server.response.finish', (message) => {
  if (isGraphql(message)) appendFileSync(RECORD_FILE, `${JSON.stringify(entriesSince())}\n`);
});
