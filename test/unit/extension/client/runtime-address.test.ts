import { describe, expect, it } from 'vitest';
import { addressProblem, isLoopback } from '../../../../extension/client/runtime-address.ts';

describe('the address of a runtime', () => {
  it.each([
    'https://aos.example.com',
    ' https://aos.example.com/ ',
    'http://127.0.0.1:7071',
    'http://localhost:7071',
    'http://[::1]:7071',
  ])('may be %s', (address) => {
    expect(addressProblem(address)).toBeUndefined();
  });

  it.each([
    ['', /begins with https/],
    ['aos.example.com', /begins with https/],
    ['ftp://aos.example.com', /begins with https/],
    ['http://aos.example.com', /not on this machine begins with https/],
    // Only looks like this machine.
    ['http://127.0.0.1.example.com', /not on this machine/],
    ['http://localhost.example.com', /not on this machine/],
    ['https://ada:secret@aos.example.com', /holds no password/],
  ])('may not be %j', (address, problem) => {
    expect(addressProblem(address)).toMatch(problem);
  });

  it.each([
    ['http://127.0.0.1:7071', true],
    ['http://[::1]:7071', true],
    ['http://localhost', true],
    ['http://127.0.0.1.example.org', false],
    ['https://aos.example.org', false],
  ])('%s is this machine: %s', (url, loopback) => {
    expect(isLoopback(url)).toBe(loopback);
  });
});
