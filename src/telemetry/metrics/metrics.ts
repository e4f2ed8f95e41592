import { createExposition, type Exposition, type ScrapeFormat } from './exposition.ts';
import { createGatewayFamilies, type GatewayFamilies } from './gateway-families.ts';
import { watchProcess } from './process-figures.ts';

/** What is counted, and how it is read. */
export interface Metrics extends GatewayFamilies {
  /** All figures, as they are now. */
  read(format: ScrapeFormat): Promise<Exposition>;
  /** Leaves no observer and no timer behind. */
  stop(): void;
}

/**
 * Figures of this process, of which nothing but the build is known yet. `version`: of the gateway.
 */
export function createMetrics(version: string): Metrics {
  const families = createGatewayFamilies();
  const ofProcess = watchProcess(families);
  const expose = createExposition(families);
  families.buildInfo.at(version, process.version).set(1);
  return {
    ...families,
    async read(format) {
      await ofProcess.collect();
      return expose(format);
    },
    stop: () => ofProcess.stop(),
  };
}
