import type { MetricsHistory } from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { joinText, splitText } from '../storage/long-text.ts';
import { timeOfRowKey, timeRowKey } from '../storage/partition-key.ts';
import type { TableManager } from '../storage/table-manager.ts';
import { type MeterReading, meterReadingSchema, subtractReadings } from '../telemetry/metrics.ts';
import { type HistoryQuery, historyOf, type ReplicaSample, SAMPLE_MS } from '../telemetry/metrics-history.ts';
import { HourlyTable } from './hourly-table.ts';

export const METRICS_TABLE = 'metrics';

/** What the meters of all replicas have counted over time, in a table, for a day. */
export class MetricsStore {
  readonly #rows: HourlyTable;
  readonly #replica: string;
  readonly #collect: () => Promise<MeterReading>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #last: MeterReading = { counters: [], histograms: [] };
  #timer: Disposable | undefined;

  /** @param options `collect`: what the meters of this replica show */
  constructor(options: {
    table: TableManager;
    replica: string;
    collect: () => Promise<MeterReading>;
    clock: Clock;
    logger: Logger;
  }) {
    const { table, replica, collect, clock, logger } = options;
    this.#rows = new HourlyTable({ table, clock, logger });
    this.#replica = replica;
    this.#collect = collect;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Writes what is counted, every ten seconds. */
  start(): void {
    this.#timer = this.#clock.setTimeout(() => void this.sample().then(() => this.#timer && this.start()), SAMPLE_MS);
  }

  /** Writes what was counted since the last sample, also before its time. */
  async sample(): Promise<void> {
    const atMs = this.#clock.now();
    try {
      const reading = await this.#collect();
      const counted = subtractReadings(reading, this.#last);
      if (counted.counters.length + counted.histograms.length === 0) return;
      const row = { atMs, rowKey: timeRowKey(atMs, this.#replica), ...splitText('reading', JSON.stringify(counted)) };
      await this.#rows.write([row]);
      this.#last = reading;
    } catch (error) {
      this.#logger.warn('metrics could not be written; they go into the next sample', { error });
    }
  }

  history(query: HistoryQuery): Promise<MetricsHistory> {
    return historyOf(this.#samples(query), query);
  }

  async dispose(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    await this.sample();
  }

  /** A sample is read in the step in which it was written. */
  async *#samples({ sinceMs = 0, untilMs = Number.POSITIVE_INFINITY }: HistoryQuery): AsyncGenerator<ReplicaSample> {
    for await (const row of this.#rows.oldestFirst(sinceMs, untilMs)) {
      const reading = meterReadingSchema.parse(JSON.parse(joinText('reading', row)));
      yield { beginMs: timeOfRowKey(row.rowKey) ?? 0, reading };
    }
  }
}
