import { startNginx } from '../support/proxies/nginx.ts';
import { describeProxy } from './support/describe-proxy.ts';

describeProxy({
  name: 'nginx',
  program: 'nginx',
  start: startNginx,
  checksReadiness: false,
  sendsGetsOnWhenOne: ['breaks', 'goes away'],
  closesSocketsAtReload: false,
  logsRequests: true,
});
