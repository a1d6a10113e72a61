import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';
import { drain, leave } from '../../../runtime/server/drain.ts';

const never = () => new Promise<never>(() => undefined);

function setUp() {
  const records: LogRecord[] = [];
  const clock = new ManualClock();
  const logger = createLogger({ scope: 'replica', write: (record) => records.push(record) });
  return { clock, logger, records };
}

describe('drain', () => {
  it('ends as soon as requests and shards are done', async () => {
    const { records, ...parts } = setUp();
    const stopped: string[] = [];
    await drain({
      ...parts,
      traffic: { underWay: 0, idle: async () => void stopped.push('requests') },
      shards: { backlog: {}, stop: async () => void stopped.push('shards'), cutOff: () => stopped.push('cut off') },
    });
    expect(stopped.sort()).toEqual(['requests', 'shards']);
    expect(records).toMatchObject([{ level: 'info', message: expect.stringMatching(/^drained/) }]);
  });

  it('goes on after 6.5 s, cuts off what is being handled, and says what that is', async () => {
    const { records, ...parts } = setUp();
    let done = false;
    let cutOff = false;
    const draining = drain({
      ...parts,
      traffic: { underWay: 2, idle: never },
      shards: {
        backlog: { 3: 40, 7: 2 },
        stop: never,
        cutOff: () => {
          cutOff = true;
        },
      },
    }).then(() => {
      done = true;
    });
    await parts.clock.advance(6499);
    expect([done, cutOff]).toEqual([false, false]);
    await parts.clock.advance(1);
    await draining;
    expect(cutOff).toBe(true);
    expect(records).toMatchObject([{ level: 'warn', fields: { ms: 6500, requests: 2, shards: [3, 7], messages: 42 } }]);
  });
});

describe('leave', () => {
  it('waits for everything to be closed, and passes on what that throws', async () => {
    const { records, ...parts } = setUp();
    await leave(Promise.resolve(), parts);
    await expect(leave(Promise.reject(new Error('rows are lost')), parts)).rejects.toThrow('rows are lost');
    expect(records).toEqual([]);
  });

  it('ends within 10 s whatever hangs, and says so', async () => {
    const { records, ...parts } = setUp();
    const leaving = leave(never(), parts);
    await parts.clock.advance(9500);
    await leaving;
    expect(records).toMatchObject([{ level: 'error', fields: { ms: 9500 } }]);
  });
});
