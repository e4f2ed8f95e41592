import type * as PromClient from 'prom-client';
import type { Counter, Gauge, Histogram, Registry, RegistryContentType } from 'prom-client';
import type { GatewayFamilies } from './gateway-families.ts';
import type { MetricAbout } from './metric-about.ts';
import { Spread, type Count, type Level, type Series } from './metric-family.ts';

/** The formats that Prometheus reads. */
export type ScrapeFormat = 'text' | 'openmetrics';

/** A scrape's answer. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

type Cell = Count | Level | Spread;
type Metric = Counter | Gauge | Histogram;
type Registries = Readonly<Record<ScrapeFormat, Registry<RegistryContentType>>>;
type Library = typeof PromClient;

/** Makes text of the figures. Prometheus' library is loaded by the first who reads. */
export function createExposition(
  families: GatewayFamilies,
): (format: ScrapeFormat) => Promise<Exposition> {
  let registries: Promise<Registries> | null = null;
  return async (format) => {
    registries ??= import('prom-client').then((client) => register(client, families));
    const { [format]: registry } = await registries;
    return { contentType: registry.contentType, body: await registry.metrics() };
  };
}

function register(client: Library, families: GatewayFamilies): Registries {
  const { Registry } = client;
  const text = new Registry<RegistryContentType>();
  const openmetrics = new Registry<RegistryContentType>();
  openmetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { about, series } of Object.values(families)) {
    const metric = toMetric(client, about, series);
    text.registerMetric(metric);
    // A registry of OpenMetrics takes `_total` from the names of its counters for good: it has
    // views of its own.
    const view: Metric = Object.create(metric);
    openmetrics.registerMetric(view);
  }
  return { text, openmetrics };
}

/**
 * A metric of the library's, which checks what it is called, with values that are found when it is
 * read.
 */
function toMetric(
  { Counter, Gauge, Histogram }: Library,
  { name, help, type, labels, buckets = [] }: MetricAbout<string>,
  series: readonly Series<Cell>[],
): Metric {
  const about = { name, help, labelNames: labels, registers: [] };
  const get = async function (this: { readonly name: string }) {
    const values = series.flatMap(({ labels, cell }) => valuesOf(cell, name, labels));
    return { name: this.name, help, type, aggregator: 'sum', values };
  };
  // Registries ask histograms in a way of their own.
  const found = { get, getForPromString: get };
  if (type === 'counter') return Object.assign(new Counter(about), found);
  if (type === 'gauge') return Object.assign(new Gauge(about), found);
  return Object.assign(new Histogram({ ...about, buckets: [...buckets] }), found);
}

type Labels = Readonly<Record<string, string>>;

interface Value {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

function valuesOf(cell: Cell, name: string, labels: Labels): Value[] {
  if (!(cell instanceof Spread)) return [{ labels, value: cell.value }];
  let total = 0;
  const buckets = cell.counts.map((count, place) => {
    total += count;
    const le = String(cell.bounds[place] ?? '+Inf');
    return { labels: { ...labels, le }, value: total, metricName: `${name}_bucket` };
  });
  return [
    ...buckets,
    { labels, value: cell.sum, metricName: `${name}_sum` },
    { labels, value: total, metricName: `${name}_count` },
  ];
}
