import { startHaproxy } from '../support/proxies/haproxy.ts';
import { describeProxy } from './support/describe-proxy.ts';

describeProxy({
  name: 'HAProxy',
  program: 'haproxy',
  start: startHaproxy,
  checksReadiness: true,
  sendsGetsOnWhenOne: ['breaks', 'goes away'],
  closesSocketsAtReload: false,
  logsRequests: true,
});
