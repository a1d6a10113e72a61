import { shownPlan } from '../../../../extension/panels/capacity/shown-plan.ts';
import { advise } from '../../../../runtime/capacity/advisor/advise.ts';
import type { PlanInput } from '../../../../runtime/contracts/capacity.ts';
import type { PriceBook } from '../../../../runtime/contracts/prices.ts';
import type { ShownPlan } from '../../../../runtime/contracts/shown-plan.ts';
import { bookOf, plan } from '../../capacity/support.ts';

/** A plan as the panel gets it, by the prices of the tests. */
export function shown(inputs: PlanInput = {}, prices: PriceBook = bookOf(), letter = 'A'): ShownPlan {
  const made = plan(inputs, prices);
  const checks = advise({ plan: made, prices, now: '2026-11-24T12:00:00Z' });
  return shownPlan({ id: letter.toLowerCase(), letter, name: 'test' }, made, checks);
}
