import { startCaddy } from '../support/proxies/caddy.ts';
import { describeProxy } from './support/describe-proxy.ts';

describeProxy({
  name: 'Caddy',
  program: 'caddy',
  start: startCaddy,
  checksReadiness: true,
  sendsGetsOnWhenOne: ['breaks'],
  closesSocketsAtReload: true,
  logsRequests: true,
});
