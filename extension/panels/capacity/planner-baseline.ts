import { z } from 'zod';
import type { Memory } from './chosen-plan.ts';

const KEY = 'aos.capacity.baseline';

/** Id of the run whose figures the planner takes; null: those of the newest. */
export function readPlannerBaseline(memory: Memory): string | null {
  return z.string().safeParse(memory.get(KEY)).data ?? null;
}

/** @param id null: the newest from now on */
export async function writePlannerBaseline(memory: Memory, id: string | null): Promise<void> {
  await memory.update(KEY, id ?? undefined);
}
