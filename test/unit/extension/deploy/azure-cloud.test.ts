import { describe, expect, it } from 'vitest';
import { expiryOf } from '../../../../extension/deploy/access-token.ts';
import { signInCloud } from '../../../../extension/deploy/azure-cloud.ts';
import { adminRequest, deploymentLinks, portalUrl } from '../../../../extension/deploy/portal-links.ts';
import type { DeploymentRecord } from '../../../../runtime/contracts/deploy-panel.ts';
import { target } from './support.ts';

describe('the cloud that VS Code is set to', () => {
  it('is the public one unless a person has chosen another', () => {
    expect(signInCloud({ environment: undefined, customEnvironment: undefined })).toMatchObject({
      provider: 'microsoft',
      cloud: { resource_manager: 'https://management.azure.com' },
    });
  });

  it.each([
    ['ChinaCloud', 'https://management.chinacloudapi.cn'],
    ['USGovernment', 'https://management.usgovcloudapi.net'],
  ])('may be sovereign: %s', (environment, resource_manager) => {
    expect(signInCloud({ environment, customEnvironment: undefined })).toMatchObject({
      provider: 'microsoft-sovereign-cloud',
      cloud: { resource_manager },
    });
  });

  it('may be one of somebody’s own, with or without a portal', () => {
    const customEnvironment = { name: 'Stack', resourceManagerEndpointUrl: 'https://management.local/' };
    expect(signInCloud({ environment: 'custom', customEnvironment }).cloud).toEqual({
      name: 'Stack',
      resource_manager: 'https://management.local',
      portal: null,
    });
  });

  it.each([
    ['custom', { name: 'Stack', resourceManagerEndpointUrl: 'http://management.local' }, 'customEnvironment'],
    ['custom', undefined, 'customEnvironment'],
    ['Mars', undefined, 'unknown cloud, Mars'],
  ])('is refused where tokens would go nowhere or in the open: %s %j', (environment, customEnvironment, message) => {
    expect(() => signInCloud({ environment, customEnvironment })).toThrow(message);
  });
});

describe('a token', () => {
  it('expires when its exp claim says', () => {
    const claims = Buffer.from(JSON.stringify({ exp: 1_800_000_000 })).toString('base64url');
    expect(expiryOf(`e30.${claims}.sig`, 0)).toBe(1_800_000_000_000);
  });

  it.each(['opaque', 'a.b.c', 'e30.e30.sig'])('that does not say is asked for again soon: %s', (token) => {
    expect(expiryOf(token, 1000)).toBe(301_000);
  });
});

describe('pages of the portal', () => {
  it('are those of the cloud, in the tenant of the subscription', () => {
    expect(portalUrl(target, '/subscriptions/x', '/overview')).toBe(
      'https://portal.azure.com/#@22222222-2222-4222-8222-222222222222/resource/subscriptions/x/overview',
    );
    expect(portalUrl({ ...target, cloud: { ...target.cloud, portal: null } }, '/subscriptions/x')).toBeUndefined();
  });

  it('of a deployment leave out what it has not', () => {
    const result = { resource_group: 'aos-rg', deployment: 'd', api: null, changes: 1, seconds: 1, smoke: [] };
    const record = {
      ...{ target, deployment: 'd', started_at: 0, ended_at: 1, state: 'succeeded' as const, failure: null },
      ...{ cost: { month_usd: 1, unknown_prices: 0 }, changed: 1, unchanged: 0 },
    } satisfies Partial<DeploymentRecord>;
    const labels = (outputs: Record<string, string>) =>
      deploymentLinks({ ...record, operations: [], result: { ...result, outputs } }).map(({ label }) => label);
    expect(labels({ insightsId: '/subscriptions/x/insights' })).toEqual([
      'Resource group',
      'Workbook',
      'Logs',
      'Load test',
    ]);
    expect(labels({})).toEqual(['Resource group', 'Logs', 'Load test']);
  });

  it('are not needed to ask an administrator', () => {
    expect(adminRequest(target)).toContain('Contributor');
    expect(adminRequest(target)).toContain(`/subscriptions/${target.subscription.id}/resourceGroups/aos-rg`);
  });
});
