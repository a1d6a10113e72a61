import type { DeployTarget } from '../../../../runtime/contracts/deploy-panel.ts';
import type { Operation, PlannedChange, Preview } from '../../../../runtime/contracts/deploy-process.ts';
import { parseChoice } from '../../../../runtime/deployment/choice.ts';

export const SUBSCRIPTION = '11111111-1111-4111-8111-111111111111';
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/aos-rg`;

export const target: DeployTarget = {
  workspace: 'boardroom',
  folder: '/home/ada/boardroom',
  cloud: { name: 'Azure', resource_manager: 'https://management.azure.com', portal: 'https://portal.azure.com' },
  subscription: {
    id: SUBSCRIPTION,
    name: 'Contoso Dev',
    tenant_id: '22222222-2222-4222-8222-222222222222',
    state: 'Enabled',
  },
  region: 'West US 3',
  mode: 'incremental',
  choice: parseChoice({
    name: 'boardroom',
    resource_group: 'aos-rg',
    location: 'westus3',
    model: { kind: 'lorax' },
    capacity: {
      region: 'westus3',
      bus_tier: 'Premium',
      messaging_units: 1,
      shards: 10,
      min_replicas: 2,
      max_replicas: 10,
      message_count: 5,
      polling_seconds: 30,
      cooldown_seconds: 300,
      gpus: 1,
      vcpu: 0.5,
      memory_gib: 1,
      cool_after_days: 30,
      archive_after_days: 90,
      sampling_ratio: 0.1,
    },
  }),
};

export function change(name: string, part: Partial<PlannedChange> = {}): PlannedChange {
  const type = part.type ?? 'Microsoft.ServiceBus/namespaces';
  const resource_id = `${GROUP}/providers/${type}/${name}`;
  return { resource_id, type, name, label: 'Namespace', change: 'create', properties: [], cost_usd: 0, ...part };
}

export const preview = (...changes: PlannedChange[]): Preview => ({
  resource_group: 'aos-rg',
  group_exists: true,
  changes,
  month_usd: 5787.16,
  unknown_prices: 0,
  prices_as_of: '2026-11-20',
});

export function operation(name: string, part: Partial<Operation> = {}): Operation {
  const type = 'Microsoft.App/containerApps';
  const resource_id = `${GROUP}/providers/${type}/${name}`;
  return { resource_id, type, name, label: 'Container app', state: 'succeeded', seconds: 3, error: null, ...part };
}
