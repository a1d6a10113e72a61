import type { GuideNumbers, PlanValues } from '../contracts/capacity.ts';

/**
 * "Calculating Required Resources" of the guide, to the letter: instances are not rounded up, and a "GB" is 1024² KB.
 * Its own inputs give 10.0 · 16.67 · 1235.96.
 */
export function guideNumbers(values: PlanValues): GuideNumbers {
  const requestsPerHour = values.total_agents * values.requests_per_agent_per_hour;
  const instances = values.total_agents / values.agents_per_instance;
  const rps = requestsPerHour / 3600;
  const messagesPerDay = requestsPerHour * 24;
  const storage_gb = (values.avg_message_size_kb * messagesPerDay * values.retention_days) / (1024 * 1024);
  return {
    instances,
    rps,
    storage_gb,
    lines: [
      `Required instances: ${pythonFloat(instances)}`,
      `Expected RPS: ${rps.toFixed(2)}`,
      `Required storage: ${storage_gb.toFixed(2)} GB`,
    ],
  };
}

/** A whole number as Python prints a float: `10.0`. */
const pythonFloat = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));
