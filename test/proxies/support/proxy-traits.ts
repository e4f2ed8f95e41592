import type { Instance, Proxy } from '../../support/proxies/proxy.ts';
import type { Treatment } from './stub-instance.ts';

/** A proxy, and where it differs from the others. docs/behind-a-proxy.md says the same in its tables. */
export interface ProxyTraits {
  readonly name: string;
  /** Without it the tests are skipped. */
  readonly program: string;
  readonly start: (instances: readonly Instance[]) => Promise<Proxy>;
  /** Whether it asks instances by itself whether they are ready. */
  readonly checksReadiness: boolean;
  /** What of an instance makes it send a GET to the next one. */
  readonly sendsGetsOnWhenOne: readonly Treatment[];
  /** Whether its reload closes WebSockets. */
  readonly closesSocketsAtReload: boolean;
  /** Whether it writes lines about requests, at least about those that it could not pass on. */
  readonly logsRequests: boolean;
}
