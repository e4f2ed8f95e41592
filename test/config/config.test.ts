import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/mistakes.ts';
import { proxyTo, proxyToAkool } from '../../src/config/proxies.ts';
import { collectSecrets } from '../../src/config/collect-secrets.ts';

const KEY = 'sixteen-bytes-key';
const DIGEST = `sha256:${createHash('sha256').update(KEY).digest('hex')}`;

/** What is wrong with an environment, by variable. */
function mistakesIn(env: Record<string, string>): ConfigError {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('It was taken.');
}
const wrongIn = (env: Record<string, string>): string[] =>
  mistakesIn(env).mistakes.map(({ variable }) => variable);

describe('with nothing set', () => {
  it('the gateway runs on the sandbox, on loopback, for this machine alone', () => {
    const { host, port, teams, credentials, explorer, persistedOnly, allowedOrigins, warnings } =
      readConfig({});
    expect({ host, port, teams, credentials, explorer, persistedOnly }).toEqual({
      host: '127.0.0.1',
      port: 4000,
      teams: null,
      credentials: false,
      explorer: true,
      persistedOnly: false,
    });
    expect([allowedOrigins, warnings]).toEqual([[], []]);
  });

  it('an empty value counts as not set', () => {
    expect(readConfig({ AKOOL_API_KEY: '', CALLER_KEYS: '', PORT: '' })).toEqual(readConfig({}));
  });
});

it('origins are kept as browsers write them', () => {
  const { allowedOrigins } = readConfig({
    ALLOWED_ORIGINS: ' HTTPS://App.Example , http://localhost:5173,Capacitor://localhost,app://Box',
  });
  expect(allowedOrigins).toEqual([
    'https://app.example',
    'http://localhost:5173',
    'capacitor://localhost',
    'app://Box',
  ]);
});

describe('an origin that no browser sends is a mistake', () => {
  it.each([
    ['https://*.example.com', 'has a wildcard'],
    ['*', 'has a wildcard'],
    ['null', 'is what pages without an origin of their own send'],
    ['https://app.example.com/', 'is no origin'],
    ['https://app.example.com/path', 'is no origin'],
    ['app.example.com', 'is no origin'],
    ['https://user:pass@app.example.com', 'is no origin'],
    ['https://app.example.com:443', 'browsers write it https://app.example.com.'],
    ['https://bücher.example', 'browsers write it https://xn--bcher-kva.example.'],
    ['https://app.example.com:99999', 'its host or its port is not valid'],
    ['file://', 'is no origin'],
    ['file://x', 'can never match'],
    ['wss://app.example.com', 'can never match'],
    ['capacitor://', 'is no origin'],
    ['capacitor://localhost/', 'is no origin'],
  ])('%s', (origin, why) => {
    const [mistake] = mistakesIn({ ALLOWED_ORIGINS: `https://a.example,${origin}` }).mistakes;
    expect(mistake?.variable).toBe('ALLOWED_ORIGINS');
    expect(mistake?.right).toContain('Entry 2 ');
    expect(mistake?.right).toContain(why);
  });

  it.each(['capacitor://localhost', 'ionic://localhost', 'app://obsidian.md', 'tauri://localhost'])(
    '%s is one that web views send',
    (origin) => {
      expect(readConfig({ ALLOWED_ORIGINS: origin }).allowedOrigins).toEqual([origin]);
    },
  );
});

describe('proxies', () => {
  const proxies = (env: Record<string, string>) => readConfig(env).proxies;

  it('are none, or as they are written everywhere else', () => {
    expect(proxies({})).toEqual({ akool: null, https: null, http: null, none: '' });
    expect(
      proxies({
        AKOOL_PROXY: 'https://user:pass@proxy.example:3128/',
        HTTPS_PROXY: 'http://ignored.example:1',
        https_proxy: 'proxy.example:3128',
        HTTP_PROXY: 'http://proxy.example',
        no_proxy: 'localhost,.internal',
      }),
    ).toEqual({
      akool: 'https://user:pass@proxy.example:3128/',
      https: 'http://proxy.example:3128',
      http: 'http://proxy.example',
      none: 'localhost,.internal',
    });
  });

  it.each([
    'socks5://proxy.example:1080',
    'http://',
    'http://proxy.example/path',
    'http://proxy.example?x',
    'a b',
    'file:',
    'file:///proxy',
    ',',
    'proxy.example,other.example',
    'proxy.example:',
    'proxy.example:99999',
    'http:proxy.example',
    'user:pass@',
  ])('%j is a mistake', (url) => {
    for (const name of ['AKOOL_PROXY', 'HTTPS_PROXY', 'HTTP_PROXY']) {
      const { mistakes } = mistakesIn({ [name]: url });
      expect(mistakes.map(({ variable }) => variable)).toEqual([name]);
      expect(mistakes[0]?.right).toContain('as in http://proxy.example.com:3128');
    }
  });

  it.each(['proxy', 'my_proxy:3128', '[::1]:3128', 'https://proxy.example./', 'bücher.example'])(
    '%j is one',
    (url) => {
      expect(proxies({ AKOOL_PROXY: url }).akool).toBe(url.includes('://') ? url : `http://${url}`);
    },
  );

  it('are told apart by where the way leads', () => {
    const some = { akool: null, https: 'http://s', http: 'http://h', none: 'x' };
    expect(proxyToAkool(some, 'https://a')).toEqual({ url: 'http://s', except: 'x' });
    expect(proxyTo(some, 'http://a')).toEqual({ url: 'http://h', except: 'x' });
    expect(proxyTo({ ...some, http: null }, 'http://a')).toBeNull();
    const own = { ...some, akool: 'http://own' };
    expect(proxyToAkool(own, 'https://a')).toEqual({ url: 'http://own', except: '' });
    expect(proxyTo(own, 'https://a')).toEqual({ url: 'http://own', except: 'x' });
  });
});

describe('with an account', () => {
  it('there is one team, with what was given', () => {
    const { teams } = readConfig({
      AKOOL_API_KEY: 'key-of-24-characters-aaa',
      AKOOL_API_KEY_PREVIOUS: 'key-of-24-characters-bbb',
      AKOOL_CLIENT_ID: 'client',
      AKOOL_BASE_URL: 'https://proxy.example/akool/',
    });
    expect(teams).toEqual([
      {
        id: 'default',
        callerKeys: [],
        akool: {
          apiKey: 'key-of-24-characters-aaa',
          apiKeyPrevious: 'key-of-24-characters-bbb',
          clientId: 'client',
          auth: 'key',
          baseUrl: 'https://proxy.example/akool',
        },
      },
    ]);
  });

  it('callers with credentials get no explorer unless it is asked for', () => {
    const env = { AKOOL_API_KEY: 'key', CALLER_KEYS: DIGEST };
    expect(readConfig(env)).toMatchObject({ credentials: true, explorer: false });
    expect(readConfig({ ...env, EXPLORER: 'true' }).explorer).toBe(true);
    expect(readConfig({ ...env, HOST: '0.0.0.0' }).explorer).toBe(false);
    expect(readConfig({ AKOOL_API_KEY: 'key' }).explorer).toBe(true);
  });
});

describe('mistakes', () => {
  it('are told all at once, single variables and those that depend on each other alike', () => {
    const error = mistakesIn({
      PORT: '70000',
      HOST: '0.0.0.0',
      AKOOL_BASE_URL: 'akool',
      AKOOL_AUTH: 'basic',
      POLL_MIN_MS: '1e3',
      EXPLORER: 'yes',
      LOG_LEVEL: 'loud',
      JWT_ISSUER: 'https://login.example',
      ALLOWED_ORIGINS: 'https://app.example/path',
      DATABASE_URL: 'mysql://root@db/x',
      PURCHASE_KEEP_DAYS: '0',
    });
    expect(error.mistakes.map(({ variable }) => variable).toSorted()).toEqual(
      [
        'AKOOL_API_KEY',
        'AKOOL_AUTH',
        'AKOOL_BASE_URL',
        'ALLOWED_ORIGINS',
        'DATABASE_URL',
        'EXPLORER',
        'HOST',
        'JWT_AUDIENCE',
        'JWT_JWKS_URL',
        'LOG_LEVEL',
        'POLL_MIN_MS',
        'PORT',
        'PURCHASE_KEEP_DAYS',
      ].toSorted(),
    );
    expect(error.message).toContain('13 mistakes');
    expect(error.message).toContain(
      'PORT="70000"\n    A whole number from 0 to 65535, as in 4000.',
    );
    expect(error.message).toContain('JWT_AUDIENCE is not set');
    for (const { right } of error.mistakes) expect(right.length).toBeGreaterThan(15);
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '4000x'],
    ['HOST', 'a b'],
    ['AKOOL_API_KEY', 'two words'],
    ['AKOOL_API_KEY', 'line\nbreak'],
    ['AKOOL_BASE_URL', 'https://user:secret@openapi.akool.com'],
    ['AKOOL_BASE_URL', 'https://openapi.akool.com?x=1'],
    ['AKOOL_BASE_URL', 'ftp://openapi.akool.com'],
    ['AKOOL_BASE_URL', 'https://openapi.akool.com/api/open/v4'],
    ['AKOOL_1015', 'rejected'],
    ['JWT_ISSUER', 'https://login.example '],
    ['PUBLIC_URL', 'gateway.example.com'],
    ['CALLER_KEYS', 'short'],
    ['CALLER_KEYS', 'sha256:abc'],
    ['CALLER_KEYS', `${KEY},,short`],
    ['CALLER_KEYS', ' , '],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'null'],
    ['ALLOWED_ORIGINS', 'https://app.example,app.example'],
    ['JWT_JWKS_URL', 'file:///etc/passwd'],
    ['DATABASE_URL', 'file:'],
    ['DATABASE_URL', 'postgres://gateway:secret@db1.example,db2.example/gateway'],
    ['HOST', '127.0.0.1:4000'],
    ['HOST', ':'],
    ['HOST', '[::1]'],
  ])('%s=%j is one', (variable, value) => {
    expect(wrongIn({ AKOOL_API_KEY: 'key', [variable]: value })).toContain(variable);
  });

  it('is not a comma before the one host of a database, or behind it', () => {
    for (const url of [
      'postgres://gateway:pa,ss@db.example/gateway',
      'postgres://gate,way@db.example:5432',
      'postgres://db.example/gate,way',
    ])
      expect(() => readConfig({ AKOOL_API_KEY: 'key', DATABASE_URL: url })).not.toThrow();
    for (const url of ['postgres://user:pa,ss@db1,db2/gateway', 'postgres://db1:5432,db2:5432'])
      expect(wrongIn({ AKOOL_API_KEY: 'key', DATABASE_URL: url })).toEqual(['DATABASE_URL']);
  });

  const urls: readonly [string, Record<string, string>][] = [
    ['AKOOL_BASE_URL', {}],
    ['PUBLIC_URL', {}],
    ['JWT_JWKS_URL', { JWT_ISSUER: 'https://login.example', JWT_AUDIENCE: 'gateway' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', {}],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', {}],
    ['ALLOWED_ORIGINS', {}],
  ];
  it.each(urls)('%s is taken with a host that can exist, and no other', (variable, others) => {
    const env = { AKOOL_API_KEY: 'key', ...others };
    for (const host of [
      'box',
      'a_b.example',
      '10.0.0.1:8080',
      '[::1]:8080',
      'xn--bcher-kva.example',
    ])
      expect(() => readConfig({ ...env, [variable]: `https://${host}` })).not.toThrow();
    for (const url of [
      'https:box',
      'https:/box',
      'https:///box',
      'https:\\\\box',
      'https://,',
      'https://a;b',
      'https://box:',
      'https://box:99999',
      'https://.box',
      'https://bo x',
    ])
      expect(wrongIn({ ...env, [variable]: url })).toEqual([variable]);
  });

  it('of a token for figures are not told as those of a key of AKOOL', () => {
    const { message } = mistakesIn({ METRICS_TOKEN: 'two words are a mistake' });
    expect(message).toContain('without spaces, as openssl rand -hex 16 prints them');
    expect(message).not.toContain('AKOOL');
  });

  it('of intervals are told once both are known', () => {
    expect(wrongIn({ POLL_MIN_MS: '5000', POLL_MAX_MS: '1000' })).toEqual(['POLL_MIN_MS']);
    // Who set one alone is told of that one.
    expect(wrongIn({ POLL_MAX_MS: '1000' })).toEqual(['POLL_MAX_MS']);
    expect(wrongIn({ POLL_MIN_MS: '40000' })).toEqual(['POLL_MIN_MS']);
  });

  it('of ports name the one that is taken by the gateway itself', () => {
    expect(wrongIn({ METRICS_PORT: '4000' })).toEqual(['METRICS_PORT']);
    expect(wrongIn({ METRICS_PORT: '9464', PORT: '9464' })).toEqual(['METRICS_PORT']);
    expect(readConfig({ METRICS_PORT: '0', PORT: '0' }).metricsPort).toBe(0);
  });

  it('never show a secret, wherever it was put', () => {
    const secret = 'canary secret';
    const url = `https://user:canary/and@more@host.example/?key=canary`;
    const error = mistakesIn({
      AKOOL_API_KEY: secret,
      AKOOL_API_KEY_PREVIOUS: secret,
      AKOOL_CLIENT_ID: secret,
      CALLER_KEYS: 'canary',
      DATABASE_URL: 'mysql://root:canary@db/x',
      AKOOL_BASE_URL: url,
      PUBLIC_URL: 'https://host.example/?key=canary',
      JWT_JWKS_URL: url,
      ALLOWED_ORIGINS: `https://a.example,${url}`,
      AKOOL_PROXY: 'socks5://user:canary@proxy.example',
      HTTPS_PROXY: 'user:canary@proxy.example/path',
      TEAMS_FILE: '[{"id":"a","akool":{"apiKey":"canary"}}]',
    });
    expect(error.mistakes.length).toBeGreaterThanOrEqual(10);
    expect(error.message).not.toContain('canary');
    expect(error.message).toContain('•••• (13 characters)');
  });
});

describe('beyond loopback', () => {
  const account = { AKOOL_API_KEY: 'key' };

  it.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.example', '0', '127.1', 'localhost.example'])(
    'listening on %s needs credentials',
    (host) => {
      expect(wrongIn({ ...account, HOST: host })).toEqual(['HOST']);
      expect(readConfig({ ...account, HOST: host, CALLER_KEYS: DIGEST }).credentials).toBe(true);
    },
  );

  it.each(['127.0.0.1', '127.0.0.53', 'localhost', 'LOCALHOST', '::1'])('%s is not', (host) => {
    expect(readConfig({ ...account, HOST: host }).credentials).toBe(false);
  });

  it('a credential that is wrong in itself is not missed a second time', () => {
    expect(wrongIn({ ...account, HOST: '0.0.0.0', CALLER_KEYS: 'short' })).toEqual(['CALLER_KEYS']);
  });
});

describe('the sandbox', () => {
  const real: readonly [string, Record<string, string>][] = [
    ['callers need a credential', { CALLER_KEYS: DIGEST }],
    ['HOST is beyond loopback', { HOST: '0.0.0.0', CALLER_KEYS: DIGEST }],
    ['PUBLIC_URL is set', { PUBLIC_URL: 'https://gateway.example' }],
    ['NODE_ENV is production', { NODE_ENV: 'production' }],
  ];
  it.each(real)('does not stand in for a missing account when %s', (reason, env) => {
    const error = mistakesIn(env);
    expect(error.mistakes.map(({ variable }) => variable)).toEqual(['AKOOL_API_KEY']);
    expect(error.message).toContain(reason);
    expect(error.message).toContain('SANDBOX=true');
    expect(readConfig({ ...env, SANDBOX: 'true' }).teams).toBeNull();
  });

  it('and an account exclude each other', () => {
    expect(wrongIn({ AKOOL_API_KEY: 'key', SANDBOX: 'true' })).toEqual(['SANDBOX']);
  });
});

describe('what belongs together', () => {
  it('a token is asked for with a client id', () => {
    expect(wrongIn({ AKOOL_API_KEY: 'key', AKOOL_AUTH: 'token' })).toEqual(['AKOOL_CLIENT_ID']);
  });

  it('a key that opens webhooks has the length of an AES key', () => {
    const env = { AKOOL_API_KEY: 'x'.repeat(17), AKOOL_CLIENT_ID: 'client' };
    expect(wrongIn(env)).toEqual(['AKOOL_API_KEY']);
    expect(wrongIn({ ...env, AKOOL_API_KEY: 'x'.repeat(16), AKOOL_API_KEY_PREVIOUS: 'x' })).toEqual(
      ['AKOOL_API_KEY_PREVIOUS'],
    );
    for (const length of [16, 24, 32]) {
      const account = readConfig({ ...env, AKOOL_API_KEY: 'x'.repeat(length) }).teams?.[0]?.akool;
      expect(account?.clientId).toBe('client');
    }
  });

  it('JWTs need their issuer, their audience and its keys', () => {
    const jwt = {
      JWT_JWKS_URL: 'https://login.example/keys?tenant=1',
      JWT_ISSUER: 'https://login.example/',
      JWT_AUDIENCE: 'gateway',
    };
    expect(readConfig({ AKOOL_API_KEY: 'key', ...jwt }).jwt).toEqual({
      jwksUrl: 'https://login.example/keys?tenant=1',
      issuer: 'https://login.example/',
      audience: 'gateway',
      teamClaim: 'team',
    });
    for (const missing of Object.keys(jwt)) {
      const rest = Object.fromEntries(Object.entries(jwt).filter(([name]) => name !== missing));
      expect(wrongIn({ AKOOL_API_KEY: 'key', ...rest })).toEqual([missing]);
    }
  });
});

it('a caller key is never the AKOOL key, nor its digest', () => {
  for (const keys of [KEY, DIGEST, `${KEY}-other,${KEY}`]) {
    expect(wrongIn({ AKOOL_API_KEY: KEY, CALLER_KEYS: keys })).toEqual(['CALLER_KEYS']);
  }
});

describe('the secrets in a configuration', () => {
  it('are the keys, the client id, the caller keys and the password of the database', () => {
    const config = readConfig({
      AKOOL_API_KEY: 'key-of-24-characters-aaa',
      AKOOL_API_KEY_PREVIOUS: 'key-of-24-characters-bbb',
      AKOOL_CLIENT_ID: 'the-client',
      CALLER_KEYS: `${KEY}-caller`,
      DATABASE_URL: 'postgres://user:pass%40word@db/x',
      AKOOL_PROXY: 'http://user:proxy-pass@proxy.example',
    });
    expect(collectSecrets(config)).toEqual(
      expect.arrayContaining([
        'key-of-24-characters-aaa',
        'key-of-24-characters-bbb',
        'the-client',
        `${KEY}-caller`,
        'pass%40word',
        'pass@word',
        'proxy-pass',
      ]),
    );
    expect(collectSecrets(readConfig({ CALLER_KEYS: KEY, SANDBOX: 'true' }))).toContain(KEY);
  });
});
