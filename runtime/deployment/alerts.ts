import type { ArmResource, DeploymentChoice, JsonObject } from '../contracts/deployment.ts';
import { format, type Handle, idOf, inBrackets, parameter, resource, text } from './arm.ts';
import { actionGroup, insights, serviceBus } from './names.ts';

interface MetricRule {
  id: string;
  description: string;
  severity: 1 | 2 | 3;
  metric: string;
  aggregation: 'Average' | 'Maximum' | 'Total';
  threshold: number;
  premiumOnly?: true;
}

/** What the bus says of itself (Azure docs, service-bus-messaging/monitor-service-bus-reference). */
const metricRules: readonly MetricRule[] = [
  {
    ...{ id: 'dead-letters', description: 'Messages were dead-lettered: events that no agent could handle.' },
    ...{ severity: 2, metric: 'DeadletteredMessages', aggregation: 'Maximum', threshold: 0 },
  },
  {
    ...{ id: 'throttled', description: 'Service Bus refuses requests: it needs more messaging units.' },
    ...{ severity: 2, metric: 'ThrottledRequests', aggregation: 'Total', threshold: 0 },
  },
  {
    ...{ id: 'bus-cpu', description: 'Service Bus is above 70 % CPU, the point at which to add messaging units.' },
    ...{ severity: 3, metric: 'NamespaceCpuUsage', aggregation: 'Average', threshold: 70, premiumOnly: true },
  },
];

interface QueryRule {
  id: string;
  description: string;
  severity: 1 | 2 | 3;
  query: string;
  column: string | undefined;
  threshold: number;
}

const queryRules: readonly QueryRule[] = [
  {
    ...{ id: 'exceptions', description: 'More than 10 exceptions in 5 minutes.', severity: 2 },
    ...{ query: 'exceptions', column: undefined, threshold: 10 },
  },
  {
    ...{ id: 'error-rate', description: 'More than 5 % of the requests fail, the limit of the guide’s load test.' },
    ...{ severity: 1, query: 'requests | summarize error_percent = 100.0 * countif(success == false) / count()' },
    ...{ column: 'error_percent', threshold: 5 },
  },
  {
    ...{ id: 'latency', description: 'P95 latency is above 3 s, the guide’s upper end for an uncached answer.' },
    ...{ severity: 3, query: 'requests | summarize p95 = percentile(duration, 95)', column: 'p95', threshold: 3000 },
  },
];

/** Alerts on the bus and on the requests, and whom they go to. */
export function alertResources(choice: DeploymentChoice): ArmResource[] {
  const premium = choice.capacity.bus_tier === 'Premium';
  return [
    ...(choice.alert_email === null ? [] : [emailGroup()]),
    ...metricRules.filter((rule) => premium || !rule.premiumOnly).map((rule) => metricAlert(rule, choice)),
    ...queryRules.map((rule) => logAlert(rule, choice)),
  ];
}

const emailGroup = (): ArmResource =>
  resource(actionGroup, {
    location: 'global',
    properties: {
      enabled: true,
      groupShortName: inBrackets(parameter('name')),
      emailReceivers: [
        { name: 'operator', emailAddress: inBrackets(parameter('alertEmail')), useCommonAlertSchema: true },
      ],
    },
  });

function metricAlert(rule: MetricRule, choice: DeploymentChoice): ArmResource {
  const groups = choice.alert_email === null ? [] : [actionGroup];
  return resource(alert('Microsoft.Insights/metricAlerts', rule.id), {
    location: 'global',
    properties: {
      ...{ description: rule.description, severity: rule.severity, enabled: true },
      scopes: [inBrackets(idOf(serviceBus))],
      ...{ evaluationFrequency: 'PT1M', windowSize: 'PT5M', autoMitigate: true },
      targetResourceType: serviceBus.type,
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion',
            ...{ name: rule.id, metricName: rule.metric, metricNamespace: serviceBus.type },
            ...{ operator: 'GreaterThan', threshold: rule.threshold, timeAggregation: rule.aggregation },
          },
        ],
      },
      actions: groups.map((group) => ({ actionGroupId: inBrackets(idOf(group)) })),
    },
    dependsOn: [serviceBus, ...groups],
  });
}

function logAlert(rule: QueryRule, choice: DeploymentChoice): ArmResource {
  const groups = choice.alert_email === null ? [] : [actionGroup];
  const measure: JsonObject =
    rule.column === undefined
      ? { timeAggregation: 'Count' }
      : { timeAggregation: 'Maximum', metricMeasureColumn: rule.column };
  return resource(alert('Microsoft.Insights/scheduledQueryRules', rule.id), {
    location: 'group',
    kind: 'LogAlert',
    properties: {
      ...{ displayName: rule.id, description: rule.description, severity: rule.severity, enabled: true },
      scopes: [inBrackets(idOf(insights))],
      ...{ evaluationFrequency: 'PT5M', windowSize: 'PT5M', autoMitigate: true },
      criteria: {
        allOf: [
          {
            ...{ query: rule.query, ...measure, operator: 'GreaterThan', threshold: rule.threshold },
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
          },
        ],
      },
      actions: { actionGroups: groups.map((group) => inBrackets(idOf(group))) },
    },
    dependsOn: [insights, ...groups],
  });
}

const alert = (type: Handle['type'], id: string): Handle => ({
  type,
  names: [format('{0}-{1}', parameter('name'), text(id))],
});
