/** @typedef {{passed: number, failures: string[]}} Outcome what a suite has shown; failures by the names of their tests */

/**
 * What a suite printed that marks its tests itself: lines beginning with ` ✓ ` or ` ✗ `.
 * @param {string} printed
 * @returns {Outcome}
 */
export function outcomeOfMarks(printed) {
  const marked = (/** @type {string} */ mark) =>
    printed
      .split('\n')
      .filter((line) => line.startsWith(` ${mark} `))
      .map((line) => line.slice(3).replace(/ [\d.]+ m?s$/, ''));
  return { passed: marked('✓').length, failures: marked('✗') };
}

/**
 * The JSON report of Vitest.
 * @param {{numPassedTests: number, testResults: {name: string, status: string, message?: string,
 *   assertionResults: {status: string, fullName: string}[]}[]}} report
 * @returns {Outcome}
 */
export function outcomeOfVitest({ numPassedTests, testResults }) {
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
    // A file that could not be loaded has no tests, and a hook that failed is none.
    return status === 'failed' && failed.length === 0 ? [`${name}: ${message?.split('\n')[0] ?? 'not run'}`] : failed;
  });
  return { passed: numPassedTests, failures };
}

/**
 * A suite that ended badly without naming a failure, or without a single test, has one more: it broke off.
 * @param {Outcome} outcome
 * @param {number | null} exitCode null: ended by a signal
 * @returns {Outcome}
 */
export function judge({ passed, failures }, exitCode) {
  const broken = (exitCode !== 0 && failures.length === 0) || passed + failures.length === 0;
  return { passed, failures: broken ? [`the suite broke off (status ${exitCode ?? 'of a signal'})`] : failures };
}
