import { describe, expect, it } from 'vitest';
import { MAX_RESTARTS, RestartBudget, WINDOW_MS } from '../../../../extension/supervisor/restart-budget.ts';

describe('RestartBudget', () => {
  it('waits longer with each restart and gives up after three within a minute', () => {
    const budget = new RestartBudget({ firstDelayMs: 500 });
    expect([0, 1000, 2000, 3000].map((at) => budget.take(at))).toEqual([500, 1000, 2000, undefined]);
    expect(MAX_RESTARTS).toBe(3);
  });

  it('forgets restarts that are older than the window', () => {
    const budget = new RestartBudget();
    for (const at of [0, 1, 2]) budget.take(at);
    expect(budget.take(WINDOW_MS - 1)).toBeUndefined();
    expect(budget.take(WINDOW_MS)).toBe(2000);
    expect(budget.take(WINDOW_MS + 3)).toBe(1000);
  });

  it('is full again after a start that a person asked for', () => {
    const budget = new RestartBudget();
    for (const at of [0, 1, 2]) budget.take(at);
    budget.reset();
    expect(budget.take(3)).toBe(500);
  });
});
