import type { Claim } from '../contracts/benchmark.ts';
import { messageOf } from '../core/errors.ts';
import type { Measured } from './operation.ts';

/** What the guide promises of its own practices (R31, R37, R28), under the ids by which they are measured. */
const GUIDE = {
  batch_upsert: { claim: 'Batch upsert over single inserts', guide: '10×', unit: '×' },
  batch_receive: { claim: 'Batch receive over single messages', guide: '5–10×', unit: '×' },
  cache: { claim: 'Cache lowers inference cost', guide: '40–60 %', unit: '%' },
} as const;

export type ClaimId = keyof typeof GUIDE;

/** Measures one claim. Rejects where this system cannot be asked to show it; the message says why. */
export type MeasureClaim = (target: Measured) => Promise<Pick<Claim, 'measured' | 'note'>>;

/** The claims, one after the other, in the order of the guide. What cannot be measured says why. */
export async function measureClaims(measures: Record<ClaimId, MeasureClaim>, target: Measured): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const id of Object.keys(GUIDE) as ClaimId[]) {
    const found = await measures[id](target).catch((error) => ({ measured: null, note: messageOf(error) }));
    claims.push({ id, ...GUIDE[id], ...found });
  }
  return claims;
}
