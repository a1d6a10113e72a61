import type { JsonObject } from '../contracts/deployment.ts';

export const DASHBOARD_NAME = 'AOS Performance Dashboard';

/** The guide's dashboard, word for word (R76–R80). */
export const dashboard = {
  dashboard: {
    name: DASHBOARD_NAME,
    panels: [
      { title: 'Agent Request Rate', query: 'requests | summarize count() by bin(timestamp, 1m)' },
      { title: 'P95 Latency', query: 'requests | summarize percentile(duration, 95) by bin(timestamp, 5m)' },
      {
        title: 'Error Rate',
        query: 'requests | where success == false | summarize count() by bin(timestamp, 1m)',
      },
      {
        title: 'ML Cache Hit Rate',
        query: "customMetrics | where name == 'ml.cache.hits' | summarize hit_rate = sum(value)",
      },
    ],
  },
} as const;

/** The guide's "hit rate" is a number of hits; this is the share of the answers that came from the cache. */
export const trueHitRate = {
  title: 'ML Cache Hit Rate, true: hits / (hits + misses), in percent',
  query: [
    "customMetrics | where name in ('ml.cache.hits', 'ml.cache.misses')",
    "summarize hits = sumif(value, name == 'ml.cache.hits'), misses = sumif(value, name == 'ml.cache.misses') by bin(timestamp, 1m)",
    'where hits + misses > 0',
    'project timestamp, hit_rate = 100.0 * hits / (hits + misses)',
  ].join(' | '),
} as const;

/**
 * Content of the workbook as Azure Monitor reads it.
 * @param source id of the Application Insights resource the queries run on, or an expression for it; none: the one it is
 * opened from
 */
export function workbookContent(source?: string): JsonObject {
  const [requests, latency, errors, hits] = dashboard.dashboard.panels;
  return {
    version: 'Notebook/1.0',
    items: [
      { type: 1, content: { json: `## ${DASHBOARD_NAME}` }, name: 'title' },
      timeRange(),
      panel(requests, 'timechart'),
      panel(latency, 'timechart'),
      panel(errors, 'barchart'),
      panel(hits, 'tiles'),
      panel(trueHitRate, 'timechart'),
    ],
    isLocked: false,
    fallbackResourceIds: source === undefined ? [] : [source],
    $schema: 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json',
  };
}

const HOUR_MS = 3_600_000;

function timeRange(): JsonObject {
  return {
    type: 9,
    content: {
      version: 'KqlParameterItem/1.0',
      parameters: [
        {
          id: 'b1f7b1a0-5d3f-4b4e-9a52-0e3e6c1f4a10',
          version: 'KqlParameterItem/1.0',
          name: 'TimeRange',
          type: 4,
          isRequired: true,
          value: { durationMs: HOUR_MS },
          typeSettings: {
            selectableValues: [HOUR_MS / 4, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS].map((durationMs) => ({
              durationMs,
            })),
          },
        },
      ],
      style: 'pills',
    },
    name: 'time range',
  };
}

function panel({ title, query }: { title: string; query: string }, visualization: string): JsonObject {
  return {
    type: 3,
    content: {
      version: 'KqlItem/1.0',
      query,
      size: 0,
      title,
      timeContextFromParameter: 'TimeRange',
      queryType: 0,
      resourceType: 'microsoft.insights/components',
      visualization,
    },
    customWidth: '50',
    name: title,
  };
}
