import { describe, expect, it } from 'vitest';
import { HEARTBEAT_MS, LOST_AFTER_MS } from '../../../runtime/agents/replica-directory.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';
import { Heartbeat } from '../../../runtime/server/heartbeat.ts';

function setUp() {
  const clock = new ManualClock();
  const records: LogRecord[] = [];
  const logger = createLogger({ scope: 'replica', write: (record) => records.push(record) });
  const storage = { writes: 0, away: false };
  const write = async () => {
    storage.writes++;
    if (storage.away) throw new Error('storage is away');
  };
  return { clock, records, storage, heartbeat: new Heartbeat({ write, clock, logger }) };
}

describe('the heartbeat', () => {
  it('goes on by itself until it is stopped', async () => {
    const { clock, storage, heartbeat } = setUp();
    heartbeat.keepBeating();
    for (let i = 0; i < 3; i++) await clock.advance(HEARTBEAT_MS);
    expect(storage.writes).toBe(3);
    heartbeat.stop();
    heartbeat.keepBeating();
    await clock.advance(10 * HEARTBEAT_MS);
    expect(storage.writes).toBe(3);
  });

  it('is fresh as long as the others take this replica for alive', async () => {
    const { clock, heartbeat } = setUp();
    expect(heartbeat.fresh).toBe(false);
    await heartbeat.beat();
    await clock.advance(LOST_AFTER_MS - 1);
    expect(heartbeat.fresh).toBe(true);
    await clock.advance(1);
    expect(heartbeat.fresh).toBe(false);
  });

  it('survives storage that is away, and says so', async () => {
    const { clock, records, storage, heartbeat } = setUp();
    storage.away = true;
    heartbeat.keepBeating();
    await clock.advance(HEARTBEAT_MS);
    expect([heartbeat.fresh, records]).toMatchObject([
      false,
      [{ level: 'warn', fields: { error: { message: 'storage is away' } } }],
    ]);
    storage.away = false;
    await clock.advance(HEARTBEAT_MS);
    expect([heartbeat.fresh, storage.writes]).toEqual([true, 2]);
    heartbeat.stop();
  });
});
