import { describe, expect, it } from 'vitest';
import type { FaceOf } from '../../../../runtime/contracts/deploy-panel.ts';
import { failureFace } from '../../../../webview/deploy/failure-face.ts';
import {
  costText,
  countChanges,
  groupChanges,
  shortName,
  sourceText,
} from '../../../../webview/deploy/preview-rows.ts';
import { sortOperations, stateText, timeText } from '../../../../webview/deploy/progress-rows.ts';
import { change, operation, target } from '../../extension/deploy/support.ts';

describe('the rows of a what-if', () => {
  it('are counted, and grouped by service in a fixed order; what is not touched is left out', () => {
    const changes = [
      change('logs', { type: 'Microsoft.OperationalInsights/workspaces', change: 'no_change' }),
      change('bus'),
      change('insights', { type: 'Microsoft.Insights/components', change: 'modify' }),
      change('theirs', { change: 'ignore' }),
      change('own', { type: 'Contoso.Own/things', change: 'delete' }),
    ];
    expect(countChanges(changes)).toEqual({ create: 1, modify: 1, delete: 1, unchanged: 1 });
    expect(groupChanges(changes).map(({ label, changes: rows }) => [label, rows.map(({ name }) => name)])).toEqual([
      ['Service Bus', ['bus']],
      ['Monitoring', ['logs', 'insights']],
      ['Others', ['own']],
    ]);
  });

  it.each([
    [{ cost_usd: 2708.32 }, 'month', '$2,708.32', 'list price'],
    [{ cost_usd: 3000, name: 'boardroom-lorax' }, 'month', '$3,000.00', 'guide'],
    [{ cost_usd: null }, 'month', 'unknown', ''],
    [{ cost_usd: 12 }, 'use', 'by use', ''],
    [{ cost_usd: 0 }, 'included', 'included', ''],
  ] as const)('say what %j costs: %s', (part, basis, cost, source) => {
    const row = { ...change('bus'), ...part };
    expect(costText(row, basis)).toBe(cost);
    expect(sourceText(row, basis)).toBe(source);
  });

  it('name a resource below another one without that', () => {
    expect(shortName('bus/agent-events/aos-studio')).toBe('agent-events/aos-studio');
    expect(shortName('bus')).toBe('bus');
  });
});

describe('the rows of a deployment', () => {
  it('begin with what failed and end with what is done', () => {
    const states = ['succeeded', 'waiting', 'running', 'failed'] as const;
    const sorted = sortOperations(states.map((state) => operation(state, { state })));
    expect(sorted.map(({ name }) => name)).toEqual(['failed', 'running', 'waiting', 'succeeded']);
  });

  it('say the cause, and the time once there is one', () => {
    const error = { code: 'QuotaExceeded', message: '', advice: null };
    expect(stateText(operation('a', { state: 'failed', error }), { deleting: false })).toBe('failed: QuotaExceeded');
    expect(stateText(operation('a'), { deleting: true })).toBe('deleted');
    expect(timeText(operation('a', { seconds: 161 }))).toBe('2 min 41 s');
    expect(timeText(operation('a', { seconds: null }))).toBe('–');
  });
});

describe('a failure', () => {
  const failed = (code: string, name = 'boardroom-lorax'): FaceOf<'failed'> => ({
    ...{ kind: 'failed', during: 'deploy', started_at: 0, ended_at: 1, cost: null },
    failure: { code: 'AOS_AZURE', message: 'The deployment failed.' },
    operations: [operation(name, { state: 'failed', error: { code, message: 'why', advice: 'Do this.' } })],
  });
  const ways = (face: FaceOf<'failed'>) => failureFace(face, target).ways.map(({ action }) => action);

  it('names the resource, the advice and Azure’s own words', () => {
    expect(failureFace(failed('QuotaExceeded'), target)).toMatchObject({
      title: 'boardroom-lorax was not created.',
      detail: 'Do this.',
      azure: { code: 'QuotaExceeded', message: 'why' },
    });
  });

  it.each([
    ['QuotaExceeded', ['requestQuota', 'ownEndpoint', 'otherRegion']],
    ['AuthorizationFailed', ['copyAdminRequest', 'otherSubscription']],
    ['StorageAccountAlreadyTaken', ['otherName']],
    ['SkuNotAvailable', ['otherRegion']],
    ['RequestDisallowedByPolicy', ['showPolicy', 'otherRegion']],
    ['ImagePullFailure', ['showLog', 'deployAgain']],
    ['InternalServerError', ['showLog', 'reportIssue']],
  ])('of %s has its own ways on', (code, expected) => {
    expect(ways(failed(code))).toEqual(expected);
  });

  it('of a quota that no GPU needs offers no endpoint', () => {
    expect(ways(failed('QuotaExceeded', 'boardroom-servicebus'))).toEqual(['requestQuota', 'otherRegion']);
  });

  it('of a check is told by its message', () => {
    const message = 'Azure says: The location is not available (LocationNotAvailableForResourceType)';
    const face: FaceOf<'failed'> = {
      ...failed(''),
      during: 'check',
      operations: [],
      failure: { code: 'AOS_AZURE', message },
    };
    expect(failureFace(face, target)).toMatchObject({
      detail: message,
      azure: null,
      ways: [{ action: 'otherRegion' }],
    });
  });
});
