import type { EndpointReport } from '../../runtime/contracts/http.ts';
import { formatDuration } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';

/** The report as lines of a log: what was called, how it went, what was found. */
export function reportLines(report: EndpointReport): string[] {
  const width = Math.max(...report.checks.map(({ request }) => request.length));
  return [
    reportVerdict(report),
    `  ${t('protocol')}: ${report.api ?? t('none found')}`,
    `  ${t('engine')}: ${report.engine ?? t('unknown')}`,
    `  ${t('model')}: ${report.model ?? t('unknown')}`,
    ...report.checks.map(({ request, ok, status, ms, detail }) =>
      [
        ` ${ok ? '✓' : '✗'} ${request.padEnd(width)}`,
        status === null ? t('no answer') : String(status),
        formatDuration(ms),
        detail,
      ].join('  '),
    ),
  ];
}

/** One sentence: does it work, and if not, what is wrong first. */
export function reportVerdict({ ok, endpoint, api, engine, model, checks }: EndpointReport): string {
  const passed = checks.filter((check) => check.ok).length;
  if (ok) {
    const what = [api, engine, model].filter((part) => part !== null).join(', ');
    return t('{0} answers ({1}): {2} of {3} checks passed.', endpoint, what, passed, checks.length);
  }
  const first = checks.find((check) => !check.ok);
  const why = first ? ` ${first.request}: ${first.detail}` : '';
  return t('{0} does not work: {1} of {2} checks passed.', endpoint, passed, checks.length) + why;
}
