import { describe, expect, it } from 'vitest';
import { judge, outcomeOfMarks, outcomeOfVitest } from '../../../scripts/lib/outcome.mjs';

describe('what a suite has shown', () => {
  it('is read from the marks at the beginnings of its lines, without durations', () => {
    const printed = ' ✓ opens 12 ms\n ✗ closes 1.5 s\n     expected ✓ but got ✗\n ✓ stays\n - waits 0 ms\n';
    expect(outcomeOfMarks(printed)).toEqual({ passed: 2, failures: ['closes'] });
  });

  it('is read from the report of Vitest, with the files that could not be loaded', () => {
    const report = {
      numPassedTests: 3,
      testResults: [
        {
          name: 'a.test.ts',
          status: 'failed',
          assertionResults: [
            { status: 'passed', fullName: 'a opens' },
            { status: 'failed', fullName: 'a closes' },
          ],
        },
        { name: 'b.test.ts', status: 'failed', message: 'Cannot find module x\nat y', assertionResults: [] },
        { name: 'c.test.ts', status: 'passed', assertionResults: [] },
      ],
    };
    expect(outcomeOfVitest(report)).toEqual({
      passed: 3,
      failures: ['a closes', 'b.test.ts: Cannot find module x'],
    });
  });
});

describe('the verdict on a suite', () => {
  it('takes its word when status and failures agree', () => {
    expect(judge({ passed: 2, failures: [] }, 0)).toEqual({ passed: 2, failures: [] });
    expect(judge({ passed: 2, failures: ['one'] }, 1)).toEqual({ passed: 2, failures: ['one'] });
  });

  it('has a failure when it ended badly without naming one', () => {
    expect(judge({ passed: 2, failures: [] }, 1).failures).toEqual(['the suite broke off (status 1)']);
    expect(judge({ passed: 2, failures: [] }, null).failures).toHaveLength(1);
  });

  it('has a failure when nothing was run', () => {
    expect(judge({ passed: 0, failures: [] }, 0).failures).toHaveLength(1);
  });
});
