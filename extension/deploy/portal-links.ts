import type { DeployLink, DeploymentRecord, DeployTarget } from '../../runtime/contracts/deploy-panel.ts';
import { t } from '../l10n.ts';

type Place = Pick<DeployTarget, 'cloud' | 'subscription'>;

/** Page of a resource in the cloud's portal; undefined: the cloud has none. */
export function portalUrl({ cloud, subscription }: Place, resourceId: string, blade = ''): string | undefined {
  return cloud.portal === null
    ? undefined
    : `${cloud.portal}/#@${subscription.tenant_id}/resource${resourceId}${blade}`;
}

export function groupId({ subscription, choice }: Pick<DeployTarget, 'subscription' | 'choice'>): string {
  return `/subscriptions/${subscription.id}/resourceGroups/${choice.resource_group}`;
}

/** Where Azure takes requests for more quota. */
export function quotaUrl({ cloud }: Place): string | undefined {
  return cloud.portal === null ? undefined : `${cloud.portal}/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/overview`;
}

/** What a person with more rights is asked for. */
export function adminRequest(target: DeployTarget): string {
  return [
    t('Please let me deploy to this resource group:'),
    t('Scope: {0}', groupId(target)),
    t('Roles: Contributor, and Role Based Access Control Administrator for the managed identity'),
    t('Subscription: {0} ({1})', target.subscription.name, target.subscription.id),
  ].join('\n');
}

/** Pages of what was deployed: group, dashboard, logs, load test. */
export function deploymentLinks({ target, result }: DeploymentRecord): DeployLink[] {
  if (!result) return [];
  const group = groupId(target);
  const { name } = target.choice;
  const { insightsId = '' } = result.outputs;
  const of = (type: string, resource: string) => `${group}/providers/${type}/${resource}`;
  const links: [label: string, text: string, url: string | undefined][] = [
    [t('Resource group'), target.choice.resource_group, portalUrl(target, group, '/overview')],
    [
      t('Workbook'),
      t('AOS Performance Dashboard'),
      insightsId ? portalUrl(target, insightsId, '/workbooks') : undefined,
    ],
    [
      t('Logs'),
      `${name}-logs`,
      portalUrl(target, of('Microsoft.OperationalInsights/workspaces', `${name}-logs`), '/logs'),
    ],
    [
      t('Load test'),
      `${name}-load-test`,
      portalUrl(target, of('Microsoft.LoadTestService/loadTests', `${name}-load-test`)),
    ],
  ];
  return links.flatMap(([label, text, url]) => (url === undefined ? [] : [{ label, text, url }]));
}
