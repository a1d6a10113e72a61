import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { packTar } from '../../../runtime/deployer/tar.ts';

it('packs what tar unpacks, with long paths and empty files, the same bytes each time', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aos-tar-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const long = `workspace/${'folder-with-a-long-name/'.repeat(5)}${'x'.repeat(60)}.txt`;
  const files = [
    { path: 'Dockerfile', content: Buffer.from('FROM scratch\n') },
    { path: long, content: Buffer.alloc(1024, 'a') },
    { path: 'workspace/empty', content: Buffer.alloc(0) },
  ];
  writeFileSync(path.join(folder, 'all.tar'), packTar(files));
  execFileSync('tar', ['-xf', 'all.tar'], { cwd: folder });
  for (const file of files) expect(readFileSync(path.join(folder, file.path))).toEqual(file.content);
  expect(packTar(files)).toEqual(packTar(files));
});

it('refuses a path that does not fit', () => {
  expect(() => packTar([{ path: 'x'.repeat(101), content: Buffer.alloc(0) }])).toThrow(RangeError);
});
