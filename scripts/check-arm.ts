/**
 * `node scripts/check-arm.ts FOLDER`: validates every resource of the template, as written and evaluated, for every host, tier
 * and model, against the JSON schemas in FOLDER: a checkout of Azure/azure-resource-manager-schemas, or part of one.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { emptyPriceBook } from '../runtime/capacity/price-book.ts';
import { type AosConfig, configSchema } from '../runtime/contracts/config.ts';
import { type ArmResource, deploymentHosts } from '../runtime/contracts/deployment.ts';
import { messageOf } from '../runtime/core/errors.ts';
import { buildTemplate } from '../runtime/deployment/build-template.ts';
import { chooseDeployment, planDeployment } from '../runtime/deployment/choice.ts';
import { evaluateTemplate } from '../runtime/deployment/evaluate.ts';
import { ArmSchemas } from './checks/arm-schemas.ts';

const EXAMPLE = path.join(import.meta.dirname, '../examples/boardroom/aos.json');

/**
 * @param folder with the schemas
 * @returns the types that passed, `type@apiVersion`, and a line per fault
 */
export function checkArm(folder: string): { passed: readonly string[]; faults: readonly string[] } {
  const schemas = new ArmSchemas(folder);
  const faults = new Set<string>();
  const types = new Set<string>();
  for (const resource of allResources()) {
    const type = `${resource.type}@${resource.apiVersion}`;
    types.add(type);
    for (const fault of schemas.validate(resource)) faults.add(`${type} ${fault}`);
  }
  const passed = [...types].filter((type) => ![...faults].some((fault) => fault.startsWith(`${type} `)));
  return { passed: passed.sort(), faults: [...faults].sort() };
}

/** The resources of every kind of deployment. */
function* allResources(): Generator<ArmResource> {
  const config = exampleConfig();
  for (const host of deploymentHosts) {
    for (const bus_tier of ['Premium', 'Standard'] as const) {
      for (const model of [{ kind: 'lorax' }, { kind: 'endpoint', url: 'https://models.example.com' }] as const) {
        if (model.kind === 'lorax' && host !== 'container-apps') continue;
        const plan = planDeployment(config, { bus_tier }, emptyPriceBook('westus2'));
        const choice = chooseDeployment(config, plan.deployment, {
          ...{ host, model, budget: { monthly_usd: 1000 }, alert_email: 'operator@example.com' },
          image: 'example.azurecr.io/aos-runtime:1',
          auth: { tenant_id: '11111111-1111-4111-8111-111111111111', audience: 'api://aos' },
        });
        const { template, parameters } = buildTemplate(config, choice);
        yield* template.resources;
        const evaluated = evaluateTemplate(template, {
          ...{ parameters: parameters.parameters, resourceGroup: 'aos-rg', location: 'westus2' },
          subscriptionId: '00000000-0000-0000-0000-000000000000',
          now: new Date(),
        });
        for (const { id: _, ...resource } of evaluated.resources) yield resource;
      }
    }
  }
}

/** The example, with a secret, so that the key vault is there on every host. */
function exampleConfig(): AosConfig {
  return configSchema.parse({
    ...JSON.parse(readFileSync(EXAMPLE, 'utf8')),
    mcp_servers: { example: { type: 'http', url: 'https://mcp.example.com', headers: { key: 'secret:EXAMPLE_KEY' } } },
  });
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined || !existsSync(folder)) {
    console.error(
      'Give the folder with Azure’s JSON schemas: npm run check:arm -- FOLDER, where FOLDER is a checkout of Azure/azure-resource-manager-schemas.',
    );
    process.exitCode = 2;
  } else {
    try {
      const { passed, faults } = checkArm(folder);
      for (const type of passed) console.log(` ✓ ${type}`);
      for (const fault of faults) console.error(` ✗ ${fault}`);
      if (faults.length > 0) process.exitCode = 1;
    } catch (error) {
      console.error(messageOf(error));
      process.exitCode = 2;
    }
  }
}
