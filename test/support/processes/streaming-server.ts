import { startToyServer } from '../../conformance/support/toy-server.ts';

/* The whole server with a small schema and a heartbeat a second, on all addresses. Prints its port. */
const { url } = await startToyServer({
  host: '::',
  loopbackHostsOnly: false,
  limits: { beatMs: 1_000 },
});
process.stdout.write(`${new URL(url).port}\n`);
