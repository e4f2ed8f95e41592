import { startApache } from '../support/proxies/apache.ts';
import { describeProxy } from './support/describe-proxy.ts';

describeProxy({
  name: 'Apache',
  program: 'apache2',
  start: startApache,
  checksReadiness: true,
  sendsGetsOnWhenOne: [],
  closesSocketsAtReload: false,
  logsRequests: true,
});
