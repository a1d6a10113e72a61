import { describe, expect, it } from 'vitest';
import { shippedPrices } from '../../../runtime/capacity/shipped-prices.ts';
import { planDeployment } from '../../../runtime/deployment/choice.ts';
import { estimateCost } from '../../../runtime/deployment/cost.ts';
import { parseResourceId, resourceKind } from '../../../runtime/deployment/resource-types.ts';
import { isoDuration } from '../../../runtime/deployment/service-bus.ts';
import { config, deployment } from './support.ts';

const plan = planDeployment(config, {}, shippedPrices);

describe('cost of a deployment', () => {
  it('has a row for every resource, and the plan’s figure for the GPU', () => {
    const { evaluated, choice } = deployment();
    const cost = estimateCost(evaluated.resources, choice, plan);
    expect(cost.resources.map(({ name }) => name)).toEqual(evaluated.resources.map(({ name }) => name));
    const gpu = plan.needs.find(({ id }) => id === 'gpu');
    expect(gpu?.cost.amount).toBeGreaterThan(0);
    expect(cost.resources.find(({ name }) => name === 'boardroom-lorax')?.cost?.amount).toBe(gpu?.cost.amount);
    expect(cost.month.amount).toBeGreaterThanOrEqual(gpu?.cost.amount ?? Number.NaN);
  });

  it('calls what has no price unknown, and the sum a lower end', () => {
    const { evaluated, choice } = deployment();
    const { resources, complete } = estimateCost(evaluated.resources, choice, plan);
    expect(resources.find(({ type }) => type === 'Microsoft.ContainerRegistry/registries')?.cost).toBeNull();
    expect(complete).toBe(false);
  });

  it('counts no GPU where the model is an endpoint', () => {
    const { evaluated, choice } = deployment({ model: { kind: 'endpoint', url: 'https://models.example.com' } });
    const lorax = estimateCost(deployment().evaluated.resources, deployment().choice, plan).month.amount;
    expect(estimateCost(evaluated.resources, choice, plan).month.amount).toBeLessThan(lorax);
  });
});

describe('resources', () => {
  it('are called what people call them, in whatever case Azure writes them', () => {
    expect(resourceKind('microsoft.servicebus/NAMESPACES/queues')).toEqual({ group: 'Service Bus', label: 'Queue' });
    expect(resourceKind('Contoso.Things/widgets')).toEqual({ group: 'Others', label: 'widgets' });
  });

  it('have type and name in their ids', () => {
    const group = '/subscriptions/s/resourceGroups/rg/providers';
    const queue = `${group}/Microsoft.ServiceBus/namespaces/aos/queues/q`;
    expect(parseResourceId(queue)).toEqual({ type: 'Microsoft.ServiceBus/namespaces/queues', name: 'aos/q' });
    expect(parseResourceId(`${queue}/providers/Microsoft.Authorization/roleAssignments/1`)).toEqual({
      type: 'Microsoft.Authorization/roleAssignments',
      name: '1',
    });
    expect(parseResourceId('/subscriptions/s/resourceGroups/rg')).toBeUndefined();
  });

  it.each([
    [600_000, 'PT10M'],
    [3_600_000, 'PT1H'],
    [90_061_500, 'PT25H1M1.5S'],
    [0, 'PT0S'],
  ])('take %i ms as %s', (ms, text) => {
    expect(isoDuration(ms)).toBe(text);
  });
});
