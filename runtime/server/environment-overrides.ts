import { type AosConfig, configSchema } from '../contracts/config.ts';
import { environmentNames, readSetting, type SettingName } from '../contracts/environment-names.ts';
import { AosError } from '../core/errors.ts';
import type { Environment } from './environment.ts';

/** Settings of AOS that win over aos.json: whoever deploys it may size it without touching the workspace. */
const OVERRIDES: readonly { setting: SettingName; path: readonly [string, ...string[]]; number: boolean }[] = [
  { setting: 'baseModel', path: ['model', 'base'], number: false },
  { setting: 'loraxMaxAdapters', path: ['model', 'max_adapters'], number: true },
  { setting: 'loraxGpuMemoryUtilization', path: ['model', 'gpu_memory_utilization'], number: true },
  { setting: 'loraxMaxCalls', path: ['runtime', 'adaptive_limit', 'max'], number: true },
  { setting: 'retryAttempts', path: ['runtime', 'retry', 'attempts'], number: true },
];

/**
 * aos.json with what the environment says otherwise.
 * @throws AosError AOS_CONFIG_INVALID naming the variable that is wrong
 */
export function withEnvironment(config: AosConfig, env: Environment): AosConfig {
  const given = OVERRIDES.filter(({ setting }) => readSetting(env, setting) !== undefined);
  if (given.length === 0) return config;
  const merged = structuredClone(config);
  for (const { setting, path, number } of given) {
    const text = readSetting(env, setting)!;
    const parents = path.slice(0, -1).reduce((at, key) => at[key] as Tree, merged as Tree);
    parents[path.at(-1)!] = number ? Number(text) : text;
  }
  const parsed = configSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const wrong = given.find(({ path }) => path.join('.') === issue?.path.join('.'));
  throw new AosError(
    'AOS_CONFIG_INVALID',
    `${wrong ? environmentNames[wrong.setting][0] : issue?.path.join('.')}: ${issue?.message}`,
  );
}

type Tree = { [key: string]: unknown };
