import type { ArmResource, DeploymentChoice, JsonObject } from '../contracts/deployment.ts';
import { inBrackets, parameter, resource } from './arm.ts';
import { budget, loadTest } from './names.ts';

/** As in AOS's own budget template. */
const ALERT_PERCENTS = [50, 80, 100] as const;

/** A budget over the resource group, with its warnings. */
export function budgetResources(choice: DeploymentChoice): ArmResource[] {
  if (choice.budget === null) return [];
  const contacts: JsonObject =
    choice.alert_email === null
      ? { contactEmails: [], contactRoles: ['Owner'] }
      : { contactEmails: [inBrackets(parameter('alertEmail'))] };
  const warning = (threshold: number, thresholdType: 'Actual' | 'Forecasted'): JsonObject => ({
    ...{ enabled: true, operator: 'GreaterThanOrEqualTo', threshold, thresholdType },
    ...contacts,
  });
  return [
    resource(budget, {
      properties: {
        category: 'Cost',
        amount: inBrackets(parameter('budgetUsd')),
        timeGrain: 'Monthly',
        timePeriod: { startDate: inBrackets(parameter('budgetStart')) },
        notifications: {
          ...Object.fromEntries(ALERT_PERCENTS.map((percent) => [`actual${percent}`, warning(percent, 'Actual')])),
          forecast100: warning(100, 'Forecasted'),
        },
      },
    }),
  ];
}

/** Azure Load Testing (R52); the test itself is uploaded from `aos export load-test`. */
export const loadTestResources = (): ArmResource[] => [
  resource(loadTest, { location: 'group', properties: { description: 'Load tests of the AOS runtime' } }),
];
