import { describe, expect, it } from 'vitest';
import type { LokiDatabase } from '../../../../runtime/cloud/storage/azurite-servers.ts';
import { DatabaseSaver } from '../../../../runtime/cloud/storage/saver.ts';
import { ManualClock } from '../../../../runtime/core/clock.ts';

/** A database as LokiJS behaves: a save clears `dirty` at once, even if it fails later. */
class Database implements LokiDatabase {
  dirty = false;
  autosave = true;
  fails = false;
  readonly savedAt: number[] = [];
  readonly clock: ManualClock;
  readonly saveMs: number;

  constructor(clock: ManualClock, saveMs = 0) {
    this.clock = clock;
    this.saveMs = saveMs;
  }

  autosaveDisable(): void {
    this.autosave = false;
  }

  autosaveDirty(): boolean {
    return this.dirty;
  }

  saveDatabase(done: (error?: unknown) => void): void {
    this.dirty = false;
    this.savedAt.push(this.clock.monotonic());
    const finish = () => done(this.fails ? new Error('disk full') : undefined);
    if (this.saveMs === 0) finish();
    else this.clock.setTimeout(finish, this.saveMs);
  }
}

function setUp(saveMs = 0) {
  const clock = new ManualClock(0);
  const database = new Database(clock, saveMs);
  const errors: unknown[] = [];
  const saver = new DatabaseSaver([database], { clock, onError: (error) => errors.push(error) });
  saver.start();
  return { clock, database, errors, saver };
}

describe('the saver', () => {
  it("replaces LokiJS's own timer and saves 200 ms later what changed, and nothing that did not", async () => {
    const { clock, database } = setUp();
    expect(database.autosave).toBe(false);
    await clock.advance(1000);
    database.dirty = true;
    await clock.advance(1000);
    expect(database.savedAt).toEqual([1200]);
  });

  it('rests ten times as long as a save took', async () => {
    const { clock, database } = setUp(100);
    database.dirty = true;
    await clock.advance(250);
    database.dirty = true;
    await clock.advance(2000);
    expect(database.savedAt).toEqual([200, 1300]);
  });

  it('tries again what could not be saved', async () => {
    const { clock, database, errors } = setUp();
    database.dirty = true;
    database.fails = true;
    await clock.advance(200);
    database.fails = false;
    await clock.advance(600);
    expect(database.savedAt).toEqual([200, 400]);
    expect(errors).toEqual([new Error('disk full')]);
  });

  it('saves once more when it stops, and then no more', async () => {
    const { clock, database, saver } = setUp();
    database.dirty = true;
    await saver.stop();
    expect(database.savedAt).toEqual([0]);
    database.dirty = true;
    await clock.advance(1000);
    expect(database.savedAt).toEqual([0]);
  });
});
