import { describe, expect, it } from 'vitest';
import { DuplicateWindow } from '../../../../../runtime/cloud/servicebus/entity/duplicate-window.ts';

describe('DuplicateWindow', () => {
  it('knows an id for as long as the window is, counted from its first time', () => {
    const window = new DuplicateWindow(1000);
    expect(window.isDuplicate('a', 0)).toBe(false);
    expect(window.isDuplicate('a', 999)).toBe(true);
    expect(window.isDuplicate('b', 999)).toBe(false);
    expect(window.isDuplicate('a', 1000)).toBe(false);
    expect(window.isDuplicate('b', 1500)).toBe(true);
    expect(window.isDuplicate('a', 1999)).toBe(true);
    expect(window.isDuplicate('a', 2000)).toBe(false);
  });
});
