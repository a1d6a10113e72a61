import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { Logger } from '../core/logger.ts';

export interface Exporter<Batch> {
  export(batch: Batch, done: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Loads the exporter with its first batch (60 to 300 ms), so that it costs the start nothing. The log tells when exporting
 * fails and when it works again: the SDK itself keeps that to itself.
 */
export class LazyExporter<Batch> implements Exporter<Batch> {
  readonly #signal: string;
  readonly #logger: Logger;
  readonly #load: () => Promise<Exporter<Batch>>;
  #exporter: Promise<Exporter<Batch>> | undefined;
  #failing = false;

  constructor(signal: 'traces' | 'metrics', logger: Logger, load: () => Promise<Exporter<Batch>>) {
    this.#signal = signal;
    this.#logger = logger;
    this.#load = load;
  }

  export(batch: Batch, done: (result: ExportResult) => void): void {
    const finish = (result: ExportResult) => {
      this.#tell(result);
      done(result);
    };
    this.#exporter ??= this.#load();
    this.#exporter.then(
      (exporter) => exporter.export(batch, finish),
      (error) => finish({ code: ExportResultCode.FAILED, error }),
    );
  }

  async forceFlush(): Promise<void> {
    await (await this.#exporter)?.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await (await this.#exporter)?.shutdown();
  }

  #tell({ code, error }: ExportResult): void {
    const failed = code !== ExportResultCode.SUCCESS;
    if (failed === this.#failing) return;
    this.#failing = failed;
    if (failed) this.#logger.warn(`${this.#signal} cannot be exported; they stay visible locally`, { error });
    else this.#logger.info(`${this.#signal} are exported again`);
  }
}
