import { expect, it } from 'vitest';
import { QueueLength } from '../../../runtime/benchmark/queue-length.ts';

it('counts what is on its way, and means it over the time that each length lasted', () => {
  const queue = new QueueLength();
  queue.enter(0);
  queue.enter(100);
  expect(queue.length).toBe(2);
  queue.leave(200);
  queue.leave(500);
  // 1 for 100 ms, 2 for 100 ms, 1 for 300 ms, 0 for 500 ms.
  expect(queue.report(1000)).toEqual({ mean: 0.6, longest: 2 });
  expect(queue.length).toBe(0);
});

it('leaves the warm-up out, but not what the warm-up left waiting', () => {
  const queue = new QueueLength();
  for (const at of [-300, -200, -100]) queue.enter(at);
  queue.leave(-50);
  queue.leave(500);
  expect(queue.report(1000)).toEqual({ mean: 1.5, longest: 2 });
});

it('knows nothing before anything was measured', () => {
  const queue = new QueueLength();
  queue.enter(-100);
  expect(queue.report(-10)).toBeNull();
});
