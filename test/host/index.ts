/**
 * Entry of the suite that runs inside VS Code's extension host. VS Code calls `run()`: a rejected promise is a failed run.
 * The results go to the file that AOS_TEST_RESULT names, since the host hands console lines on as it likes.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import type { HostReport, HostResult } from './support/report.ts';

const PATIENCE_MS = 60_000;

export async function run(): Promise<void> {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: PATIENCE_MS,
    ...(process.env.MOCHA_GREP ? { grep: process.env.MOCHA_GREP } : {}),
  });
  // Bundled beside this file, one by one.
  for (const file of readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.cjs'))
    .sort()) {
    mocha.addFile(path.join(import.meta.dirname, file));
  }
  const results: HostResult[] = [];
  const report = (test: Mocha.Test | Mocha.Hook, state: HostResult['state'], error?: unknown) => {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    results.push({
      title: test.fullTitle(),
      state,
      ms: test.duration ?? 0,
      ...(error === undefined ? {} : { error: why }),
    });
    // Written after every test: a host that dies on the way has told how far it came.
    write({ finished: false, results });
  };
  const failures = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on('pass', (test) => report(test, 'passed'))
      .on('fail', (test, error) => report(test, 'failed', error))
      .on('pending', (test) => report(test, 'skipped'));
  });
  write({ finished: true, results });
  if (failures > 0) throw new Error(`${failures} of the tests in VS Code failed`);
}

function write(report: HostReport): void {
  const file = process.env.AOS_TEST_RESULT;
  if (file) writeFileSync(file, JSON.stringify(report));
}
