import { describe, expect, it } from 'vitest';
import { Bulkhead } from '../../../runtime/reliability/bulkhead.ts';

/** Starts calls that end when told to. */
function setUp(limit: number, queue: number) {
  const bulkhead = new Bulkhead({ lane: 'normal', limit, queue });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const call = (name: string, signal?: AbortSignal) =>
    bulkhead.run(async () => {
      started.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      return name;
    }, signal);
  const end = (name: string) => ends.get(name)?.();
  return { bulkhead, started, call, end };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Bulkhead', () => {
  it('runs as many as its limit, lets as many wait as its queue, and refuses the rest with a time to come back', async () => {
    const { bulkhead, started, call, end } = setUp(2, 1);
    const running = [call('a'), call('b'), call('c')];
    await expect(call('d')).rejects.toMatchObject({ code: 'AOS_BULKHEAD_FULL', details: { retry_after_ms: 1000 } });
    expect(bulkhead.view()).toEqual({ lane: 'normal', limit: 2, active: 2, waiting: 1, refused: 1 });
    expect(started).toEqual(['a', 'b']);
    end('a');
    await turn();
    expect(started).toEqual(['a', 'b', 'c']);
    end('b');
    end('c');
    expect(await Promise.all(running)).toEqual(['a', 'b', 'c']);
    expect(bulkhead.view()).toMatchObject({ active: 0, waiting: 0 });
  });

  it('lets who came first in first, and nobody overtakes', async () => {
    const { started, call, end } = setUp(1, 10);
    const calls = ['a', 'b', 'c'].map((name) => call(name));
    end('a');
    calls.push(call('d'));
    for (const name of ['b', 'c', 'd']) {
      await turn();
      end(name);
    }
    await Promise.all(calls);
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('frees the place of a call that fails', async () => {
    const { bulkhead } = setUp(1, 0);
    await expect(bulkhead.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(bulkhead.view().active).toBe(0);
  });

  it('forgets who is cancelled while waiting', async () => {
    const { bulkhead, started, call, end } = setUp(1, 1);
    const first = call('a');
    const cancel = new AbortController();
    const waiting = call('b', cancel.signal);
    cancel.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(bulkhead.view().waiting).toBe(0);
    const next = call('c');
    end('a');
    await first;
    await turn();
    end('c');
    await next;
    expect(started).toEqual(['a', 'c']);
  });

  it('does not start what is cancelled already', async () => {
    const { started, call } = setUp(1, 1);
    await expect(call('a', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(started).toEqual([]);
  });
});
