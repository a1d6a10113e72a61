import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../../runtime/launcher/child-environment.ts';

describe('the environment of a process of the system', () => {
  it('has what is its own over what is inherited, and a place for compiled code', () => {
    expect(childEnvironment({ A: 'own' }, { A: 'inherited', B: 'inherited', AOS_HOME: '/home/me/aos' })).toEqual({
      ...{ A: 'own', B: 'inherited', AOS_HOME: '/home/me/aos' },
      NODE_COMPILE_CACHE: path.join('/home/me/aos', 'compile-cache'),
    });
    expect(childEnvironment({}, {}).NODE_COMPILE_CACHE).toBe(path.join(os.homedir(), '.aos', 'compile-cache'));
  });

  it('leaves the place for compiled code where it is', () => {
    expect(childEnvironment({}, { NODE_COMPILE_CACHE: '/cache' }).NODE_COMPILE_CACHE).toBe('/cache');
  });
});
