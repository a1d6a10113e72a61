import { expect, it } from 'vitest';
import {
  readPlannerBaseline,
  writePlannerBaseline,
} from '../../../../../extension/panels/capacity/planner-baseline.ts';
import { TestMemory } from './support.ts';

it('stays over a reload until it is taken back', async () => {
  const memory = new TestMemory();
  expect(readPlannerBaseline(memory)).toBeNull();
  await writePlannerBaseline(memory, 'bench_2');
  expect(readPlannerBaseline(memory)).toBe('bench_2');
  await writePlannerBaseline(memory, null);
  expect(readPlannerBaseline(memory)).toBeNull();
});
