import { silentLogger } from '../../runtime/core/logger.ts';
import { TableManager } from '../../runtime/storage/table-manager.ts';
import { type Figure, interleave, median } from './support/figures.ts';
import type { Running } from './support/processes.ts';

const ROUNDS = 5;
const ROWS = 200;

/** Rows a second: batches of 100, beside single upserts one after the other and 32 at a time (R31). */
export async function benchStorage({ ready }: Running): Promise<Figure[]> {
  const table = new TableManager({ connection: ready.storage, table: 'bench', logger: silentLogger });
  await table.ensure();
  let n = 0;
  const rows = () =>
    Array.from({ length: ROWS }, () => ({
      partitionKey: 'agent_0_202601',
      rowKey: String(n++).padStart(8, '0'),
      text: 'x'.repeat(500),
    }));
  const rate = async (write: (batch: ReturnType<typeof rows>) => Promise<unknown>) => {
    const batch = rows();
    const start = performance.now();
    await write(batch);
    return [(ROWS * 1000) / (performance.now() - start)];
  };
  const samples = await interleave(ROUNDS, {
    batch: () => rate((batch) => table.upsertBatch(batch)),
    single: () =>
      rate(async (batch) => {
        for (const row of batch) await table.upsert(row);
      }),
    parallel: () =>
      rate(async (batch) => {
        const lanes = Array.from({ length: 32 }, async () => {
          for (let row = batch.pop(); row; row = batch.pop()) await table.upsert(row);
        });
        await Promise.all(lanes);
      }),
  });
  const [batch, single, parallel] = [samples.batch, samples.single, samples.parallel].map((rounds) =>
    median(rounds.flat()),
  ) as [number, number, number];
  const perSecond = (value: number) => `${Math.round(value)} rows/s`;
  return [
    { name: 'batch upsert', ours: perSecond(batch), peer: `one by one ${perSecond(single)}`, ratio: batch / single },
    {
      name: 'batch upsert',
      ours: perSecond(batch),
      peer: `32 at a time ${perSecond(parallel)}`,
      ratio: batch / parallel,
    },
  ];
}
