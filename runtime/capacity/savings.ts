import type { Amount, PlanSavings, PlanValues, Saving } from '../contracts/capacity.ts';
import type { PriceBook } from '../contracts/prices.ts';
import { storageUsage } from './costs.ts';
import { difference, known, priceOf } from './price-book.ts';
import { type Sizing, size } from './sizing.ts';

/** The guide's claims, in percent. */
const CLAIMS = { gpu: [96, 98], cache: [40, 60], lifecycle: [60, 80], sampling: [90, 90] } as const;
/** "With LoRAx: 1-2 GPUs" */
const GUIDE_GPUS = { most: 2, least: 1 } as const;

/** The guide's four savings, from this plan's inputs (R22, R28, R33, R40). */
export function savingsOf(v: PlanValues, s: Sizing, book: PriceBook): PlanSavings {
  const gpuCost = (gpus: number) => known(gpus * v.gpu_price_per_month);
  const uncached = size({ ...v, hit_rate_percent: 0 });
  const totalGb = s.hotGb + s.coolGb + s.archiveGb;
  const sampledGb = s.tracesFullGb * (v.sampling_percent / 100);
  return {
    gpu: {
      ...saving(gpuCost(s.gpusPerAdapter), gpuCost(s.gpus), CLAIMS.gpu),
      ...{ gpus_without: s.gpusPerAdapter, gpus_with: s.gpus },
      guide_saving: [
        (v.adapters - GUIDE_GPUS.most) * v.gpu_price_per_month,
        (v.adapters - GUIDE_GPUS.least) * v.gpu_price_per_month,
      ],
    },
    cache: {
      ...saving(gpuCost(uncached.gpus), gpuCost(s.gpus), CLAIMS.cache),
      ...{ gpus_without: uncached.gpus, gpus_with: s.gpus, calls_avoided_percent: v.hit_rate_percent },
      calls_avoided_per_month: s.requestsPerMonth * (v.hit_rate_percent / 100),
    },
    lifecycle: {
      ...saving(
        priceOf(book, storageUsage({ hotGb: totalGb, coolGb: 0, archiveGb: 0 })),
        priceOf(book, storageUsage(s)),
        CLAIMS.lifecycle,
      ),
      ...{ hot_gb: s.hotGb, cool_gb: s.coolGb, archive_gb: s.archiveGb },
    },
    sampling: {
      ...saving(priceOf(book, [['logs_gb', s.tracesFullGb]]), priceOf(book, [['logs_gb', sampledGb]]), CLAIMS.sampling),
      ...{ full_gb: s.tracesFullGb, sampled_gb: sampledGb },
    },
  };
}

function saving(without: Amount, used: Amount, guide_percent: readonly [number, number]): Saving {
  const saved = difference(without, used);
  const percent = saved === null || without.amount === 0 ? null : (saved / without.amount) * 100;
  return { without, with: used, saving: saved, percent, guide_percent };
}
