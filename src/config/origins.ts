import { list, namesHost } from './value-schemas.ts';

/** The scheme and the host of an origin, which ends there. */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s]+)$/i;

/** Pages of these schemes send `null`, or do not exist. */
const WITHOUT_ORIGIN: ReadonlySet<string> = new Set([
  'about',
  'blob',
  'data',
  'file',
  'ftp',
  'javascript',
  'ws',
  'wss',
]);

const EXAMPLE =
  'Comma-separated origins, as in https://app.example.com,http://localhost:5173,capacitor://localhost';

/**
 * Origins as browsers write them: whatever could never be equal to what a browser sends is a
 * mistake.
 */
export const origins = list.transform((values, context) =>
  values.map((value, index) => {
    const problem = problemOf(value);
    if (problem !== null) {
      context.addIssue({ code: 'custom', message: `Entry ${index + 1} ${problem}. ${EXAMPLE}` });
    }
    return asSent(value);
  }),
);

/** Reads as the end of a sentence; null: a browser may send it. */
function problemOf(value: string): string | null {
  if (value.includes('*')) return 'has a wildcard, and there are none: list every origin by itself';
  if (value === 'null') {
    return 'is what pages without an origin of their own send, so it could be anybody: serve the page over http or https';
  }
  const [, scheme, host] = ORIGIN.exec(value) ?? [];
  if (scheme === undefined || host === undefined) {
    return 'is no origin: a scheme, ://, a host and perhaps a port, with nothing behind';
  }
  if (WITHOUT_ORIGIN.has(scheme.toLowerCase())) {
    return `can never match: pages send no origin that begins with ${scheme.toLowerCase()}://`;
  }
  if (!isWeb(scheme)) return null;
  if (!namesHost(value)) return 'is no origin: its host or its port is not valid';
  const { origin } = new URL(value);
  if (origin === value.toLowerCase()) return null;
  return `can never match: browsers write it ${origin}`;
}

/** Web views send the host of a scheme of their own as it is written there. */
function asSent(value: string): string {
  const [, scheme = '', host = ''] = ORIGIN.exec(value) ?? [];
  return isWeb(scheme) ? value.toLowerCase() : `${scheme.toLowerCase()}://${host}`;
}

function isWeb(scheme: string): boolean {
  return /^https?$/i.test(scheme);
}
