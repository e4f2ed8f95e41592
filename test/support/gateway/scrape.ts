import { send, type Credential } from './calling.ts';

/** What /metrics told, as numbers. */
export interface Scrape {
  readonly text: string;
  /** The value of the one series with exactly these labels; 0 where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Every series: its name, its labels, its value. */
  readonly series: readonly Series[];
}

/** One series of a scrape. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads /metrics; throws when that is not answered. */
export async function scrape(url: string, headers: Credential = {}): Promise<Scrape> {
  const { status, text } = await send(`${url}/metrics`, { headers });
  if (status !== 200) throw new Error(`/metrics answered ${status}: ${text}`);
  const series = text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, labels: labelsIn(labels), value: Number(value) }];
  });
  return {
    text,
    series,
    value(name, labels = {}) {
      const found = series.find((one) => one.name === name && isSame(one.labels, labels));
      return found?.value ?? 0;
    },
  };
}

function labelsIn(text: string): Record<string, string> {
  const pairs = text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries(Array.from(pairs, ([, name = '', value = '']) => [name, value]));
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
