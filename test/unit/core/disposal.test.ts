import { describe, expect, it } from 'vitest';
import { Disposer } from '../../../runtime/core/disposal.ts';

describe('Disposer', () => {
  it('closes in reverse order, once, and goes on after an error', async () => {
    const closed: number[] = [];
    const disposer = new Disposer();
    disposer.defer(() => void closed.push(1));
    disposer.defer(() => {
      throw new Error('stuck');
    });
    disposer.defer(() => void closed.push(3));
    await expect(disposer.dispose()).rejects.toThrow('stuck');
    await expect(disposer.dispose()).rejects.toThrow('stuck');
    expect(closed).toEqual([3, 1]);
  });

  it('closes at once what comes after the end', async () => {
    const disposer = new Disposer();
    await disposer.dispose();
    let closed = false;
    disposer.defer(() => {
      closed = true;
    });
    expect(closed).toBe(true);
  });
});
