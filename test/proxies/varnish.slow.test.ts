import { startVarnish } from '../support/proxies/varnish.ts';
import { describeProxy } from './support/describe-proxy.ts';

describeProxy({
  name: 'Varnish',
  program: 'varnishd',
  start: startVarnish,
  checksReadiness: true,
  sendsGetsOnWhenOne: ['breaks', 'goes away'],
  closesSocketsAtReload: false,
  logsRequests: false,
});
